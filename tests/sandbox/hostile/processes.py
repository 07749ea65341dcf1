"""Other processes: their memory, their environment, their lives."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import resource
import signal
import socket
from pathlib import Path

from hostile.attempts import FACTS, PID, attempt, call, stopped_by

_ROOM = ctypes.create_string_buffer(64)


@attempt
def read_the_environment_of_another_process():
    return Path(f"/proc/{PID}/environ").read_bytes()


@attempt
def read_the_arguments_of_another_process():
    return Path(f"/proc/{PID}/cmdline").read_bytes()


@attempt
def read_the_memory_of_another_process():
    return os.read(os.open(f"/proc/{PID}/mem", os.O_RDONLY), 1)


@attempt
def look_at_the_descriptors_of_another_process():
    return os.listdir(f"/proc/{PID}/fd")


@attempt
def go_by_the_root_of_another_process():
    return os.listdir(f"/proc/{PID}/root")


@attempt
def see_who_else_is_there():
    return [int(each) for each in os.listdir("/proc") if each.isdigit()][1]


@attempt
def end_another_process():
    return os.kill(PID, signal.SIGTERM)


@attempt
def see_whether_another_process_lives():
    return os.kill(PID, 0)


@attempt
def end_its_launcher():
    return os.kill(os.getppid(), 0)


@attempt
def signal_by_a_descriptor():
    return signal.pidfd_send_signal(os.pidfd_open(PID), 0)


@attempt
def take_a_descriptor_of_another_process():
    return call("pidfd_getfd", os.pidfd_open(PID), 0, 0)


@attempt
def trace_another_process():
    return call("ptrace", 16, PID, 0, 0)


@attempt
def copy_the_memory_of_another_process():
    return call("process_vm_readv", PID, 0, 0, 0, 0, 0)


@attempt
def change_the_memory_of_another_process():
    return call("process_vm_writev", PID, 0, 0, 0, 0, 0)


@attempt
def bound_another_process():
    return resource.prlimit(PID, resource.RLIMIT_CPU, (1, 1))


@attempt
def slow_another_process_down():
    return os.setpriority(os.PRIO_PROCESS, PID, 19)


@stopped_by(errno.EPERM)
def share_memory_with_others():
    return call("shmget", 1, 4096, 0o1666)


@stopped_by(errno.EPERM)
def wait_in_a_queue_with_others():
    return call("msgget", 1, 0o1666)


@stopped_by(errno.EPERM)
def take_a_message_out_of_a_queue_of_others():
    """By its number: nobody asks who has opened it."""
    return call("msgrcv", FACTS["queue"], ctypes.addressof(_ROOM), 32, 0, 0o4000)


@stopped_by(errno.EPERM)
def put_a_message_into_a_queue_of_others():
    _ROOM[0] = b"\1"
    return call("msgsnd", FACTS["queue"], ctypes.addressof(_ROOM), 1, 0o4000)


@stopped_by(errno.EPERM)
def take_a_queue_of_others_away():
    return call("msgctl", FACTS["queue"], 0, 0)


@attempt
def keep_another_process_on_one_processor():
    return os.sched_setaffinity(PID, {0})


@attempt
def enter_the_network_of_another_process():
    return call("setns", os.open(f"/proc/{PID}/ns/net", os.O_RDONLY), 0)


@attempt
def end_another_process_by_what_arrives():
    """The kernel sends the signal; whoever watches the neighbour sees whether it came."""
    here, there = socket.socketpair()
    fcntl.fcntl(here, fcntl.F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(here, fcntl.F_SETOWN, PID)
    fcntl.fcntl(here, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
    there.send(b"x")
    raise PermissionError(errno.EPERM, "sent")


@attempt
def outlive_its_launcher():
    return call("prctl", 1, 0, 0, 0, 0)
