"""Programs, rights and namespaces."""

from __future__ import annotations

import errno
import os
import subprocess
import sys

from hostile.attempts import attempt, call, stopped_by


@attempt
def begin_a_process():
    if (child := os.fork()) == 0:
        os._exit(0)
    return child


@attempt
def run_a_program():
    return subprocess.run([sys.executable, "-c", ""], check=True)


@attempt
def become_a_program():
    return os.execv("/bin/true", ["true"])


@attempt
def spawn_a_program():
    return os.posix_spawn("/bin/true", ["true"], {})


@attempt
def let_a_program_outside_look_at_a_crash():
    """What the kernel starts for crashes is root, and reads what the process has prepared."""
    return call("prctl", 4, 1, 0, 0, 0)


@stopped_by(errno.EPERM, errno.EINVAL)
def become_root():
    """Who is not in one's own user namespace is no user at all there (EINVAL)."""
    return os.setuid(0 if os.getuid() else 1)


@stopped_by(errno.EPERM, errno.EINVAL)
def become_the_user_of_another_process():
    return os.setresuid(61_003, 61_003, 61_003)


@attempt
def make_a_user_namespace():
    return call("unshare", 0x10000000)


@attempt
def make_a_thread_in_a_namespace():
    return call("clone", 0x10000000 | 17, 0, 0, 0, 0)


@attempt
def mount_something():
    return call("mount", 0, 0, 0, 0, 0)


@attempt
def open_a_tree_to_mount():
    return call("open_tree", -100, 0, 1)


@attempt
def take_the_walls_mount_away():
    return call("umount2", 0, 0)
