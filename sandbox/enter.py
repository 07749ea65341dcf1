"""Enters a profile, in the one order that works: what needs rights first, then none are left."""

from __future__ import annotations

import os
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from sandbox import kernel, landlock, seccomp, view
from sandbox.profile import Profile
from sandbox.walls import Wall

_DEVICES = ("null", "zero", "full", "random", "urandom")
_SYSTEM = ("/usr", "/bin", "/lib", "/lib64", "/sbin")
_CONFIGURATION = (
    "/etc/ld.so.cache", "/etc/localtime", "/etc/ssl", "/etc/ca-certificates", "/etc/resolv.conf",
    "/etc/hosts", "/etc/nsswitch.conf", "/etc/host.conf", "/etc/gai.conf", "/etc/mime.types",
)  # fmt: skip
_OF_ITSELF = "/proc/self"
_COUNTING_ABI = 2
"""Only kernels that count threads by user namespace (5.14) have this Landlock (5.19)."""
_OF_THE_MACHINE = ("/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/loadavg", "/proc/sys")


def enter(profile: Profile) -> tuple[Wall, ...]:
    """Wall this process in; return the walls that this machine does not have.

    To be called in the only thread, before any code of others is loaded.
    """
    if sys.platform != "linux":
        return tuple(Wall)
    missing: list[Wall] = []
    root, place = os.geteuid() == 0, Path.cwd()

    def try_(wall: Wall, build: Callable[[], None]) -> None:
        try:
            build()
        except OSError:
            missing.append(wall)

    may_mount = root and _may_mount()
    if not may_mount:
        try_(Wall.VIEW, _own_user_namespace)
    counted_here = not may_mount and Wall.VIEW not in missing and landlock.abi() >= _COUNTING_ABI
    if not profile.network:
        try_(Wall.NETWORK, lambda: kernel.unshare(kernel.NEWNET | kernel.NEWIPC))
    if Wall.VIEW not in missing:
        try_(Wall.VIEW, lambda: view.enter(_sight(profile)))
        os.chdir(place)
    try_(Wall.LIMITS, lambda: _limit(profile))
    try_(Wall.CAPABILITIES, kernel.bound_capabilities)
    if root and profile.uid is not None:
        if may_mount and Wall.VIEW not in missing:
            try_(Wall.USER, lambda: _become(profile.uid or 0))
        else:
            # Another user would see nothing that lies in a folder of root's, but for the view.
            missing.append(Wall.USER)
    try_(Wall.CAPABILITIES, kernel.drop_capabilities)
    # Training is root where root starts it: its profile has no user, and nothing counts root's.
    if not root or profile.uid is not None:
        try_(Wall.LIMITS, lambda: _limit_threads(profile, counted_here))
    try_(Wall.PRIVILEGES, _no_privileges)
    try_(Wall.LANDLOCK, lambda: _restrict(profile))
    try_(Wall.CALLS, lambda: seccomp.refuse(new_processes=False))
    return tuple(dict.fromkeys(missing))


def _may_mount() -> bool:
    """Tell whether this root has its right to mount: in a container it often has not."""
    try:
        kernel.unshare(kernel.NEWNS)
    except OSError:
        return False
    return True


def _own_user_namespace() -> None:
    uid, gid = os.geteuid(), os.getegid()
    kernel.unshare(kernel.NEWUSER)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")


def _sight(profile: Profile) -> list[view.Seen]:
    fixed = [Path(each) for each in (*_SYSTEM, *_CONFIGURATION)]
    fixed += [Path("/dev") / name for name in _DEVICES]
    # A device can be written to, and a socket connected to, where nothing can be changed.
    fixed += [Path("/proc"), *profile.code, *profile.reads, *profile.calls]
    return [
        *(view.Seen(path) for path in fixed),
        *(view.Seen(path, writable=True) for path in (*profile.writes, *profile.serves)),
    ]


def _restrict(profile: Profile) -> None:
    if not (version := landlock.abi()):
        raise OSError("there is no Landlock")
    machine = [Path(each) for each in (*_CONFIGURATION, _OF_ITSELF, *_OF_THE_MACHINE)]
    paths = [
        *((Path(each), landlock.RUN) for each in _SYSTEM),
        *((path, landlock.READ) for path in machine),
        *((Path("/dev") / name, landlock.READ) for name in _DEVICES),
        (Path("/dev/null"), landlock.WRITE),
        (Path.cwd(), landlock.LIST),  # Code is looked for there.
        *((path, landlock.RUN) for path in profile.code),
        *((path, landlock.READ) for path in profile.reads),
        *((path, landlock.WRITE) for path in profile.writes),
        *((path, landlock.SERVE) for path in profile.serves),
        *((path, landlock.READ) for path in profile.calls),
    ]
    reachable = landlock.Reachable(tuple(paths), profile.bind_tcp, profile.connect_tcp)
    landlock.restrict(reachable, version)
    if version < landlock.LEAST_ABI:
        raise OSError("this Landlock holds files, but not signals and abstract sockets")


def _limit(profile: Profile) -> None:
    limits = profile.limits
    for kind, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, limits.file_size),
        (resource.RLIMIT_NOFILE, limits.files),
        (resource.RLIMIT_AS, limits.memory),
    ):
        _bound(kind, most)


def _limit_threads(profile: Profile, counted_here: bool) -> None:
    """Bound threads where none of somebody else's are counted with them. Raises `OSError`.

    They are counted by user, or in a user namespace of one's own. No limit holds the machine's
    root, in whatever namespace: which is what a container's may be, so it is tried.
    """
    if not counted_here and os.geteuid() != profile.uid:
        raise OSError("threads are counted with those of others")
    _bound(resource.RLIMIT_NPROC, profile.limits.threads)
    least, hard = resource.getrlimit(resource.RLIMIT_NPROC)
    resource.setrlimit(resource.RLIMIT_NPROC, (1, hard))
    try:
        if (child := os.fork()) == 0:
            os._exit(0)
    except BlockingIOError:
        return  # As it should be: this process is the one.
    finally:
        resource.setrlimit(resource.RLIMIT_NPROC, (least, hard))
    os.waitpid(child, 0)
    raise OSError("no limit holds this user")


def _bound(kind: int, most: int) -> None:
    _, hard = resource.getrlimit(kind)
    least = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(kind, (least, least))


def _become(uid: int) -> None:
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def _no_privileges() -> None:
    # After its user has changed, which forgets it. By the kernel: whoever has taken the process
    # over can let go of the launcher's pipe, and end no signal that it is not asked about.
    kernel.prctl(kernel.SET_DEATH_SIGNAL, signal.SIGKILL)
    kernel.prctl(kernel.SET_DUMPABLE, 0)
    kernel.prctl(kernel.SET_NO_NEW_PRIVS, 1)
