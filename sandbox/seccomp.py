"""seccomp: which system calls a process may not make, whatever it may reach.

A deny-list by number, and a look at the arguments where a call is needed for one thing and
refused for another. A call of another architecture kills the process: it would go by numbers of
its own (seccomp(2)).
"""

from __future__ import annotations

import ctypes
import errno
import socket
import struct
from collections.abc import Iterable

from sandbox import kernel
from sandbox.calls import ALWAYS_REFUSED, ARCHITECTURES, NEW_PROGRAMS, Numbers

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _AND, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
_X32 = 0x40000000
_FILTER, _SET_MODE_FILTER, _ALL_THREADS = 2, 1, 1
_NEW_NAMESPACES = 0x7E020080
"""All CLONE_NEW… flags of clone(2)."""
_THREAD = 0x00010000
_TYPE_OF_SOCKET = 0xF
_INJECTING = (0x5412, 0x541C)
"""TIOCSTI and TIOCLINUX: typing into somebody's terminal."""
_CONNECT_BY_SENDING = 0x20000000
"""MSG_FASTOPEN: connects as it sends, and Landlock looks at connect(2) alone."""
_FLAGS_OF_SENDING = {"sendto": 3, "sendmsg": 2, "sendmmsg": 3}
_ABOUT_ITSELF = (1, 4)
"""PR_SET_PDEATHSIG: it would outlive its launcher. PR_SET_DUMPABLE: a crash would start a program
outside, as root, that reads this process."""
_OTHER_PROTOCOL = 31
"""TCP_ULP: hands a connection over to another protocol, which Landlock may know nothing of."""
_OF_ONES_OWN = ("prlimit64", "sched_setaffinity")
"""Calls that name a process: 0 is the one that calls."""

Instruction = tuple[int, int, int, int]


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def refuse(*, new_processes: bool) -> None:
    """Refuse the calls of this module from now on, in every thread. Raises `OSError`.

    `new_processes`: whether this process may begin another one, or become another program.
    `no_new_privs` has to be set already.
    """
    _install(program(kernel.machine(), new_processes=new_processes))


def refuse_listening() -> None:
    """Refuse to listen from now on, in every thread. Raises `OSError`.

    Whoever listens without having bound an address gets a port that the kernel chooses, and no
    other wall looks. A filter cannot tell such a socket from another, so this comes last: when a
    process has opened all that it ever listens on.
    """
    known = ARCHITECTURES[kernel.machine()]
    listens = (_EQUAL, 0, 1, known.numbers["listen"])
    _install([*_of_this_machine(known), listens, _no(errno.EPERM), (_RETURN, 0, 0, _ALLOW)])


def _install(wanted: list[Instruction]) -> None:
    raw = b"".join(struct.pack("=HBBI", *one) for one in wanted)
    held = ctypes.create_string_buffer(raw, len(raw))
    told = _Program(len(wanted), ctypes.cast(held, ctypes.c_void_p))
    number = ARCHITECTURES[kernel.machine()].seccomp
    free = kernel.call(
        number,
        ctypes.c_uint(_SET_MODE_FILTER),
        ctypes.c_uint(_ALL_THREADS),
        ctypes.byref(told),
    )
    if free:
        raise OSError(errno.EBUSY, "a thread has filters of its own")


def program(machine: str, *, new_processes: bool) -> list[Instruction]:
    """Return the filter as instructions of classic BPF: code, jump if true, if false, operand."""
    known = ARCHITECTURES[machine]
    lines = _of_this_machine(known)
    if machine == "x86_64":
        lines += [(_AT_LEAST, 0, 1, _X32), (_RETURN, 0, 0, _KILL)]
    refused = dict.fromkeys(ALWAYS_REFUSED, errno.EPERM)
    refused |= {"io_uring_setup": errno.ENOSYS, "clone3": errno.ENOSYS}
    refused |= {"memfd_create": errno.ENOSYS}
    # A disk is full at once by it, and slower by writing: which is what the C library does then.
    refused |= {"fallocate": errno.EOPNOTSUPP}
    if not new_processes:
        refused |= dict.fromkeys(NEW_PROGRAMS, errno.EPERM)
    for name, code in refused.items():
        if (number := known.numbers.get(name)) is not None:
            lines += [(_EQUAL, 0, 1, number), _no(code)]
    lines += _sockets(known) + _clones(known, new_processes) + _others(known)
    return [*lines, (_RETURN, 0, 0, _ALLOW)]


def _of_this_machine(known: Numbers) -> list[Instruction]:
    """End the process at a call of another architecture; load the number of any other."""
    return [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, known.audit),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
    ]


def _sockets(known: Numbers) -> list[Instruction]:
    """Unix sockets of any kind, and TCP: no UDP, nothing raw, no netlink, no packets."""
    pairs = [_argument(0), (_EQUAL, 1, 0, socket.AF_UNIX), _no(errno.EPERM)]
    other = [(_EQUAL, 0, 1, _OTHER_PROTOCOL), _no(errno.EPERM)]
    options = [_argument(1), (_EQUAL, 0, 3, socket.IPPROTO_TCP), _argument(2), *other]
    return [
        *_where(known.numbers["socketpair"], pairs),
        *_where(known.numbers["setsockopt"], options),
        *_made(known),
    ]


def _made(known: Numbers) -> list[Instruction]:
    return _where(
        known.numbers["socket"],
        [
            _argument(0),
            (_EQUAL, 9, 0, socket.AF_UNIX),
            (_EQUAL, 1, 0, socket.AF_INET),
            (_EQUAL, 0, 6, socket.AF_INET6),
            _argument(1),
            (_AND, 0, 0, _TYPE_OF_SOCKET),
            (_EQUAL, 0, 3, socket.SOCK_STREAM),
            _argument(2),
            # 0 and 6: TCP, and no other protocol that has streams (SCTP, MPTCP).
            (_EQUAL, 2, 0, 0),
            (_EQUAL, 1, 0, socket.IPPROTO_TCP),
            _no(errno.EPERM),
        ],
    )


def _clones(known: Numbers, new_processes: bool) -> list[Instruction]:
    """Threads; other processes where they are allowed; never a new namespace."""
    number = known.numbers["clone"]
    lines = _where(number, [_argument(0), (_ANY_BIT, 0, 1, _NEW_NAMESPACES), _no(errno.EPERM)])
    if not new_processes:
        lines += _where(number, [_argument(0), (_ANY_BIT, 1, 0, _THREAD), _no(errno.EPERM)])
    return lines


def _others(known: Numbers) -> list[Instruction]:
    """Terminals to type into; connections past Landlock; what others do with this process."""
    lines: list[Instruction] = []
    no = _no(errno.EPERM)
    for asked in _INJECTING:
        lines += _where(known.numbers["ioctl"], [_argument(1), (_EQUAL, 0, 1, asked), no])
    for name, flags in _FLAGS_OF_SENDING.items():
        connects = (_ANY_BIT, 0, 1, _CONNECT_BY_SENDING)
        lines += _where(known.numbers[name], [_argument(flags), connects, no])
    for option in _ABOUT_ITSELF:
        lines += _where(known.numbers["prctl"], [_argument(0), (_EQUAL, 0, 1, option), no])
    for name in _OF_ONES_OWN:
        lines += _where(known.numbers[name], [_argument(0), (_EQUAL, 1, 0, 0), no])
    return lines


def _where(number: int, lines: list[Instruction]) -> list[Instruction]:
    """Return lines that are gone through for one call alone; the number is loaded again after."""
    return [(_EQUAL, 0, len(lines) + 1, number), *lines, (_LOAD, 0, 0, _NUMBER)]


def _argument(index: int) -> Instruction:
    """Load the lower half of an argument: the upper one says nothing in any of these calls."""
    return (_LOAD, 0, 0, _ARGUMENTS + 8 * index)


def _no(code: int) -> Instruction:
    return (_RETURN, 0, 0, _REFUSE | code)


def refused_names(*, new_processes: bool) -> Iterable[str]:
    """Return the calls that are refused whatever their arguments are."""
    return ALWAYS_REFUSED if new_processes else (*ALWAYS_REFUSED, *NEW_PROGRAMS)
