"""The kernel itself."""

from __future__ import annotations

import errno
import fcntl

from hostile.attempts import call, stopped_by


@stopped_by(errno.ENOSYS)
def queue_calls_past_the_filter():
    return call("io_uring_setup", 1, 0)


@stopped_by(errno.EPERM)
def load_a_program_into_the_kernel():
    return call("bpf", 0, 0, 0)


@stopped_by(errno.EPERM)
def load_a_module():
    return call("init_module", 0, 0, 0)


@stopped_by(errno.EPERM)
def watch_the_processor():
    return call("perf_event_open", 0, 0, -1, -1, 0)


@stopped_by(errno.EPERM)
def catch_page_faults():
    return call("userfaultfd", 1)


@stopped_by(errno.EPERM)
def read_the_kernels_keys():
    return call("keyctl", 0, -3, 0)


@stopped_by(errno.EPERM)
def read_the_kernels_log():
    return call("syslog", 3, 0, 0)


@stopped_by(errno.EPERM)
def change_the_clock():
    return call("clock_settime", 0, 0)


@stopped_by(errno.EPERM)
def rename_the_machine():
    return call("sethostname", 0, 0)


@stopped_by(errno.EPERM)
def turn_the_machine_off():
    return call("reboot", 0, 0, 0, 0)


@stopped_by(errno.EPERM)
def type_into_a_terminal():
    return fcntl.ioctl(0, 0x5412, b"x")
