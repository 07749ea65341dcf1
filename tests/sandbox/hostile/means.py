"""The means of the machine: memory, disk, threads, descriptors."""

from __future__ import annotations

import os
import threading

from hostile.attempts import OWN, attempt, call


@attempt
def use_up_the_memory():
    return len(bytearray(64 << 30))


@attempt
def fill_the_disk():
    with (OWN / "big").open("wb") as big:
        big.truncate(1 << 44)
        return big.write(b"x")


@attempt
def fill_the_disk_slowly():
    with (OWN / "big").open("wb") as big:
        big.seek(1 << 40)
        return big.write(b"x")


@attempt
def fill_the_disk_at_once():
    """Without a byte being written: whoever looks once a second would come too late."""
    with (OWN / "big").open("wb") as big:
        return call("fallocate", big.fileno(), 0, 0, 1 << 16)


@attempt
def use_up_the_threads():
    """With small stacks, or memory would bound them first."""
    go_on, begun = threading.Event(), []
    threading.stack_size(32 * 1024)
    try:
        while len(begun) < 5_000:
            begun.append(threading.Thread(target=go_on.wait))
            begun[-1].start()
        return len(begun)
    except RuntimeError as error:
        raise OSError(str(error)) from None
    finally:
        threading.stack_size(0)
        go_on.set()
        for each in begun[:-1]:
            each.join()


@attempt
def use_up_the_descriptors():
    held = []
    try:
        while len(held) < 100_000:
            held.append(os.dup(0))
        return len(held)
    finally:
        for each in held:
            os.close(each)


@attempt
def use_up_the_memory_by_files_without_a_name():
    """Nothing maps them, so no limit of an address space counts them."""
    return os.memfd_create("hidden")


@attempt
def use_up_the_memory_by_files_without_a_name_that_nobody_can_look_into():
    return call("memfd_secret", 0)
