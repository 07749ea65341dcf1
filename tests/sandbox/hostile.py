"""What somebody tries who has taken over a walled-in process. Printed as JSON: what came of each.

Runs on Python 3.10 and newer, with nothing but the standard library and `sandbox/`. Usage:
`hostile.py FACTS` where FACTS is JSON: of the decoy `pid`, `file`, `socket`, `abstract`, `port`,
`log`; `code` and `own`, folders that may be read, and written.
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

from sandbox.calls import ARCHITECTURES
from sandbox.enter import enter
from sandbox.kernel import machine
from sandbox.told import PROFILE, read

FACTS = json.loads(sys.argv[1])
PID, OWN = FACTS["pid"], Path(FACTS["own"])
TRIED = {}


def attempt(function):
    """Keep what somebody tries; its name says what it is."""
    TRIED[function.__name__] = function
    return function


def call(name, *arguments):
    """Make a system call by its name; raise where it fails."""
    number = ARCHITECTURES[machine()].numbers[name]
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    result = libc.syscall(ctypes.c_long(number), *(ctypes.c_long(each) for each in arguments))
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


# Files.


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


@attempt
def find_a_file_by_its_handle():
    return call("name_to_handle_at", -100, 0, 0, 0, 0)


@attempt
def walk_out_of_its_root():
    os.mkdir(OWN / "jail")
    os.chroot(OWN / "jail")


# Other processes.


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
    return os.listdir(f"/proc/{PID}/root/")


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


@attempt
def share_memory_with_others():
    return call("shmget", 1, 4096, 0o1666)


@attempt
def wait_in_a_queue_with_others():
    return call("msgget", 1, 0o1666)


@attempt
def enter_the_network_of_another_process():
    return call("setns", os.open(f"/proc/{PID}/ns/net", os.O_RDONLY), 0)


# The network, and sockets.


@attempt
def connect_to_a_neighbour_by_tcp():
    return socket.create_connection(("127.0.0.1", FACTS["port"]), 1)


@attempt
def connect_to_a_database():
    return socket.create_connection(("127.0.0.1", 5432), 1)


@attempt
def connect_outside_by_tcp():
    return socket.create_connection(("192.0.2.1", 443), 1)


@attempt
def connect_outside_by_ipv6():
    return socket.create_connection(("2001:db8::1", 443), 1)


@attempt
def send_outside_by_udp():
    return socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("192.0.2.1", 53))


@attempt
def ask_for_a_name():
    return socket.getaddrinfo("gatehouse.example", 443)


@attempt
def listen_for_others():
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.bind(("127.0.0.1", 0))
    return listening.listen()


@attempt
def listen_at_a_known_port():
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.bind(("127.0.0.1", 8443))
    return listening.listen()


@attempt
def send_what_it_likes():
    return socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)


@attempt
def read_what_others_send():
    return socket.socket(socket.AF_PACKET, socket.SOCK_RAW)


@attempt
def ask_the_kernel_for_its_networks():
    return socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)


@attempt
def ask_the_machine_beneath():
    return socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)


@attempt
def speak_a_protocol_that_nobody_looks_at():
    return socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262)


@attempt
def connect_to_a_socket_of_others():
    return socket.socket(socket.AF_UNIX).connect(FACTS["socket"])


@attempt
def connect_to_an_abstract_socket():
    return socket.socket(socket.AF_UNIX).connect("\0" + FACTS["abstract"])


# Programs, rights, namespaces.


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
def become_root():
    return os.setuid(0 if os.getuid() else 1)


@attempt
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


# The kernel.


@attempt
def queue_calls_past_the_filter():
    return call("io_uring_setup", 1, 0)


@attempt
def load_a_program_into_the_kernel():
    return call("bpf", 0, 0, 0)


@attempt
def load_a_module():
    return call("init_module", 0, 0, 0)


@attempt
def watch_the_processor():
    return call("perf_event_open", 0, 0, -1, -1, 0)


@attempt
def catch_page_faults():
    return call("userfaultfd", 1)


@attempt
def read_the_kernels_keys():
    return call("keyctl", 0, -3, 0)


@attempt
def read_the_kernels_log():
    return call("syslog", 3, 0, 0)


@attempt
def change_the_clock():
    return call("clock_settime", 0, 0)


@attempt
def rename_the_machine():
    return call("sethostname", 0, 0)


@attempt
def turn_the_machine_off():
    return call("reboot", 0, 0, 0, 0)


@attempt
def type_into_a_terminal():
    return fcntl.ioctl(0, 0x5412, b"x")


# The machine's means.


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
def use_up_the_threads():
    """Only where threads are counted by a user of its own: else memory bounds them."""
    go_on, begun = threading.Event(), []
    try:
        while len(begun) < 5_000:
            begun.append(threading.Thread(target=go_on.wait))
            begun[-1].start()
        return len(begun)
    except RuntimeError as error:
        raise OSError(str(error)) from None
    finally:
        go_on.set()


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


def main() -> None:
    """Wall this process in, try everything, and print what came of it."""
    missing = enter(read(os.environ[PROFILE]))
    print(json.dumps([wall.name for wall in missing]), flush=True)
    came: dict[str, str] = {}
    for name, function in TRIED.items():
        try:
            came[name] = f"GOT {function()!r}"[:120]
        except (OSError, MemoryError, ValueError, IndexError, subprocess.SubprocessError) as error:
            came[name] = f"{type(error).__name__}: {getattr(error, 'strerror', None) or error}"
    threading.Thread(target=lambda: came.update(a_thread="runs")).start()
    (OWN / "kept").write_text("kept")
    came["its_own_folder"] = (OWN / "kept").read_text()
    print(json.dumps(came))


if __name__ == "__main__":
    main()
