"""Files that are not its own, and places where it might leave something."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from hostile.attempts import FACTS, OWN, attempt, call, stopped_by


@attempt
def read_a_file_of_another_process():
    return Path(FACTS["file"]).read_text()


@attempt
def write_a_file_of_another_process():
    return Path(FACTS["file"]).write_text("mine")


@attempt
def remove_a_file_of_another_process():
    return os.unlink(FACTS["file"])


@attempt
def remove_a_log():
    return os.unlink(FACTS["log"])


@attempt
def empty_a_log():
    return os.truncate(FACTS["log"], 0)


@attempt
def list_the_state_folder():
    return os.listdir(Path(FACTS["file"]).parent)


@attempt
def list_the_root():
    return os.listdir("/")


@attempt
def list_what_is_temporary():
    return os.listdir("/tmp")


@attempt
def follow_a_link_of_ones_own_outside():
    (OWN / "link").symlink_to(FACTS["file"])
    return (OWN / "link").read_text()


@attempt
def link_a_file_of_another_process():
    return os.link(FACTS["file"], OWN / "hard")


@attempt
def read_the_accounts():
    return Path("/etc/passwd").read_text()


@attempt
def read_the_passwords_of_the_machine():
    return Path("/etc/shadow").read_text()


@attempt
def change_its_own_code():
    return (Path(FACTS["code"]) / "planted.py").write_text("import os")


@attempt
def leave_something_in_tmp():
    return Path("/tmp/planted").write_text("x")


@attempt
def leave_something_in_shared_memory():
    return Path("/dev/shm/planted").write_text("x")


@attempt
def make_a_device():
    return os.mknod(OWN / "device", 0o600 | 0o020000, os.makedev(1, 1))


@attempt
def read_the_memory_of_the_machine():
    return os.read(os.open("/dev/mem", os.O_RDONLY), 16)


@attempt
def read_a_disk():
    return [os.open(f"/dev/{name}", os.O_RDONLY) for name in ("vda", "sda", "nvme0n1")]


@attempt
def leave_a_program_for_crashes():
    return Path("/proc/sys/kernel/core_pattern").write_text("|/tmp/planted")


@stopped_by(errno.EPERM)
def find_a_file_by_its_handle():
    return call("name_to_handle_at", -100, 0, 0, 0, 0)


@attempt
def walk_out_of_its_root():
    os.mkdir(OWN / "jail")
    os.chroot(OWN / "jail")


@attempt
def change_who_may_open_what_the_kernel_shows():
    """As a container's root it owns these; nothing but the view stands before that."""
    return os.chmod("/proc/version", 0o444)


@attempt
def change_who_may_open_a_device():
    return os.chmod("/dev/null", 0o666)


@attempt
def close_the_socket_that_it_may_call_to_others():
    return os.chmod(FACTS["called"], 0)


@attempt
def close_the_folder_of_the_socket_that_it_may_call():
    return os.chmod(Path(FACTS["called"]).parent, 0)


@attempt
def date_the_folder_of_the_socket_that_it_may_call():
    return os.utime(Path(FACTS["called"]).parent, (0, 0))


@attempt
def put_something_beside_the_socket_that_it_may_call():
    return (Path(FACTS["called"]).parent / "planted").write_text("x")
