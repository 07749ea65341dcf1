"""The means of the machine: memory, disk, threads, descriptors."""

from __future__ import annotations

import errno
import mmap
import os
import threading

from hostile.attempts import OWN, call, stopped_by

_NO_RESERVE = 0x4000


@stopped_by(errno.ENOMEM)
def use_up_the_memory():
    """Not counted before it is written to, but for the walls: no machine's memory is too small."""
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | _NO_RESERVE
    return len(mmap.mmap(-1, 64 << 30, flags=flags))


@stopped_by(errno.EFBIG)
def fill_the_disk():
    with (OWN / "big").open("wb") as big:
        big.truncate(1 << 42)
        return big.write(b"x")


@stopped_by(errno.EFBIG)
def fill_the_disk_slowly():
    with (OWN / "big").open("wb") as big:
        big.seek(1 << 40)
        return big.write(b"x")


@stopped_by(errno.EOPNOTSUPP)
def fill_the_disk_at_once():
    """Without a byte being written: whoever looks once a second would come too late."""
    with (OWN / "big").open("wb") as big:
        return call("fallocate", big.fileno(), 0, 0, 1 << 16)


@stopped_by(errno.EAGAIN)
def use_up_the_threads():
    """With small stacks, or memory would bound them first."""
    go_on, begun = threading.Event(), []
    threading.stack_size(32 * 1024)
    try:
        while len(begun) < 1_000:
            begun.append(threading.Thread(target=go_on.wait))
            begun[-1].start()
        return len(begun)
    except RuntimeError as error:
        raise OSError(errno.EAGAIN, str(error)) from None
    finally:
        threading.stack_size(0)
        go_on.set()
        for each in begun[:-1]:
            each.join()


@stopped_by(errno.EMFILE)
def use_up_the_descriptors():
    held = []
    try:
        while len(held) < 100_000:
            held.append(os.dup(0))
        return len(held)
    finally:
        for each in held:
            os.close(each)


@stopped_by(errno.ENOSYS)
def use_up_the_memory_by_files_without_a_name():
    """Nothing maps them, so no limit of an address space counts them."""
    return os.memfd_create("hidden")


@stopped_by(errno.EPERM)
def use_up_the_memory_by_files_without_a_name_that_nobody_can_look_into():
    return call("memfd_secret", 0)
