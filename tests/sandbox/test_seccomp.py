"""The filter by itself, on both architectures: what it answers each call, without a kernel."""

from __future__ import annotations

import errno
import socket

import pytest

from sandbox.calls import ALWAYS_REFUSED, ARCHITECTURES, NEW_PROGRAMS
from sandbox.seccomp import program

ALLOW, KILL = "allow", "kill"
MACHINES = tuple(ARCHITECTURES)


def answer(
    machine: str, number: int, *arguments: int, audit: int | None = None, new: bool = False
) -> str | int:
    """Run the filter as the kernel would; return `allow`, `kill` or the number of the error."""
    seen = {0: number, 4: audit or ARCHITECTURES[machine].audit}
    seen |= {16 + 8 * index: value & 0xFFFFFFFF for index, value in enumerate(arguments)}
    lines, at, held = program(machine, new_processes=new), 0, 0
    while True:
        code, yes, no, operand = lines[at]
        at += 1
        if code == 0x20:
            held = seen.get(operand, 0)
        elif code == 0x54:
            held &= operand
        elif code == 0x06:
            found = {0x7FFF0000: ALLOW, 0x80000000: KILL}
            return found.get(operand, operand & 0xFFFF)
        else:
            jumps = {0x15: held == operand, 0x35: held >= operand, 0x45: bool(held & operand)}
            at += yes if jumps[code] else no


def by_name(machine: str, name: str, *arguments: int, new: bool = False) -> str | int:
    return answer(machine, ARCHITECTURES[machine].numbers[name], *arguments, new=new)


@pytest.mark.parametrize("machine", MACHINES)
def test_what_nothing_needs_is_refused_whatever_its_arguments_are(machine: str) -> None:
    known = ARCHITECTURES[machine].numbers
    for name in ALWAYS_REFUSED:
        if name in known:
            assert by_name(machine, name, 0, 0, 0) in (errno.EPERM, errno.ENOSYS), name


@pytest.mark.parametrize("machine", MACHINES)
def test_a_call_that_is_not_named_is_allowed(machine: str) -> None:
    """Reading, writing, waiting: numbers 0, 63 and 64 are read and write on one or the other."""
    used = set(ARCHITECTURES[machine].numbers.values())
    for number in {0, 1, 63, 64, 202, 281} - used:
        assert answer(machine, number, 1, 2, 3) == ALLOW


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("other", [0x40000003, 0x40000028, 0xC00000F3, 0])
def test_attack_another_architectures_numbers_end_the_process(machine: str, other: int) -> None:
    """ASVS 13.2.4: by i386's numbers, 41 is dup and not socket."""
    assert answer(machine, 41, audit=other or 1) == KILL


def test_attack_the_numbers_of_x32_end_the_process() -> None:
    for number in (0x40000000, 0x40000000 | 41, 0x7FFFFFFF):
        assert answer("x86_64", number) == KILL
    assert answer("x86_64", 0x3FFFFFFF) == ALLOW


TCP, UDP = socket.IPPROTO_TCP, socket.IPPROTO_UDP
STREAM, DATAGRAM, RAW = socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW
CLOEXEC = socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK
ALLOWED = [
    (socket.AF_UNIX, STREAM, 0),
    (socket.AF_UNIX, DATAGRAM | CLOEXEC, 0),
    (socket.AF_INET, STREAM, 0),
    (socket.AF_INET, STREAM | CLOEXEC, TCP),
    (socket.AF_INET6, STREAM | CLOEXEC, 0),
]
REFUSED = [
    (socket.AF_INET, DATAGRAM, 0),
    (socket.AF_INET, DATAGRAM | CLOEXEC, UDP),
    (socket.AF_INET6, DATAGRAM, 0),
    (socket.AF_INET, RAW, socket.IPPROTO_ICMP),
    (socket.AF_INET, STREAM, 132),
    (socket.AF_INET, STREAM, 262),
    (socket.AF_INET, socket.SOCK_SEQPACKET, 0),
    (socket.AF_NETLINK, RAW, 0),
    (socket.AF_PACKET, RAW, 0),
    (socket.AF_VSOCK, STREAM, 0),
    (socket.AF_ALG, STREAM, 0),
    (0, STREAM, 0),
    (45, STREAM, 0),
]


@pytest.mark.parametrize("machine", MACHINES)
def test_unix_sockets_and_tcp_and_nothing_else(machine: str) -> None:
    """ASVS 13.2.4: no UDP, nothing raw, no netlink, no other protocol with streams."""
    assert {by_name(machine, "socket", *asked) for asked in ALLOWED} == {ALLOW}
    assert {by_name(machine, "socket", *asked) for asked in REFUSED} == {errno.EPERM}


@pytest.mark.parametrize("machine", MACHINES)
def test_threads_and_no_process(machine: str) -> None:
    thread, process = 0x3D0F00, 0x1200011  # As the C library asks for them.
    assert by_name(machine, "clone", thread) == ALLOW
    assert by_name(machine, "clone", process) == errno.EPERM
    assert by_name(machine, "clone", process, new=True) == ALLOW
    assert by_name(machine, "clone3", 0) == errno.ENOSYS
    for name in NEW_PROGRAMS:
        if name in ARCHITECTURES[machine].numbers:
            assert by_name(machine, name) == errno.EPERM
            assert by_name(machine, name, new=True) == ALLOW


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("bit", [7, 17, 25, 26, 27, 28, 29, 30])
def test_attack_no_thread_and_no_process_begins_a_namespace(machine: str, bit: int) -> None:
    """ASVS 13.2.4: CLONE_NEWTIME, NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET."""
    for flags in (0x3D0F00 | 1 << bit, 0x1200011 | 1 << bit):
        assert by_name(machine, "clone", flags) == errno.EPERM
        assert by_name(machine, "clone", flags, new=True) == errno.EPERM


@pytest.mark.parametrize("machine", MACHINES)
def test_the_limits_of_others_and_their_terminals_are_left_alone(machine: str) -> None:
    assert by_name(machine, "prlimit64", 0, 7) == ALLOW
    assert by_name(machine, "prlimit64", 4711, 7) == errno.EPERM
    assert by_name(machine, "prctl", 4, 1) == errno.EPERM
    assert by_name(machine, "prctl", 15, 1) == ALLOW  # The name of a thread.
    assert by_name(machine, "sched_setaffinity", 0, 8) == ALLOW
    assert by_name(machine, "sched_setaffinity", 4711, 8) == errno.EPERM
    for asked, expected in ((0x5412, errno.EPERM), (0x541C, errno.EPERM), (0x5413, ALLOW)):
        assert by_name(machine, "ioctl", 0, asked) == expected


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize(("name", "before"), [("sendto", 3), ("sendmsg", 2), ("sendmmsg", 3)])
def test_attack_nothing_connects_by_sending(machine: str, name: str, before: int) -> None:
    """ASVS 13.2.4: MSG_FASTOPEN makes a connection that Landlock does not look at."""
    fast, quiet = 0x20000000, socket.MSG_NOSIGNAL | socket.MSG_DONTWAIT
    others = (9,) * before
    assert by_name(machine, name, *others, quiet) == ALLOW
    assert by_name(machine, name, *others, fast) == errno.EPERM
    assert by_name(machine, name, *others, fast | quiet) == errno.EPERM


@pytest.mark.parametrize("machine", MACHINES)
def test_attack_no_pair_and_no_option_brings_another_protocol(machine: str) -> None:
    """ASVS 13.2.4: TIPC makes pairs, and TCP_ULP hands a connection over to another protocol."""
    assert by_name(machine, "socketpair", socket.AF_UNIX, STREAM) == ALLOW
    assert by_name(machine, "socketpair", 30, STREAM) == errno.EPERM
    assert by_name(machine, "setsockopt", 3, TCP, 31) == errno.EPERM
    assert by_name(machine, "setsockopt", 3, TCP, socket.TCP_NODELAY) == ALLOW
    assert by_name(machine, "setsockopt", 3, socket.SOL_SOCKET, 31) == ALLOW
    assert by_name(machine, "prctl", 1, 0) == errno.EPERM
