"""The same where nothing is walled in: what fails there by itself would show no wall."""

from __future__ import annotations

import json
import os

from hostile.attempts import TRIED, came_of

NOT_FOR_USERS = {
    "become_root",
    "become_the_user_of_another_process",
    "change_who_may_open_a_device",
    "change_who_may_open_what_the_kernel_shows",
    "end_another_process_by_what_arrives",
    "enter_the_network_of_another_process",
    "leave_a_program_for_crashes",
    "make_a_device",
    "make_a_user_namespace",
    "mount_something",
    "open_a_tree_to_mount",
    "read_a_disk",
    "read_the_kernels_log",
    "read_the_memory_of_the_machine",
    "read_the_passwords_of_the_machine",
    "read_what_others_send",
    "rename_the_machine",
    "send_what_it_likes",
    "take_the_walls_mount_away",
    "trace_another_process",
    "turn_the_machine_off",
    "use_up_the_descriptors",
    "walk_out_of_its_root",
}
"""What the system itself refuses to an ordinary user; descriptors by its usual limit. Whether a
signal has come is seen at the neighbour alone."""
LEAVE_NOTHING = ("end_", "remove_", "close_")
"""After these the others would find nobody, and nothing."""


def without_walls():
    """Print what comes of each attempt that users are free to make, each in its own process."""
    tried = [name for name in TRIED if name not in NOT_FOR_USERS]
    tried.sort(key=lambda name: name.startswith(LEAVE_NOTHING))
    print(json.dumps({name: _in_a_process(name) for name in tried}))


def _in_a_process(name):
    reading, writing = os.pipe()
    if (child := os.fork()) == 0:
        os.write(writing, came_of(name).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as said:
        came = said.read().decode()
    os.waitpid(child, 0)
    return came or "GOT another program"
