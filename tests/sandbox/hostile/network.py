"""The network, and the sockets of others."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import socket

from hostile.attempts import FACTS, attempt, stopped_by


@attempt
def connect_to_a_neighbour_by_tcp():
    return socket.create_connection(("127.0.0.1", FACTS["port"]), 1)


@attempt
def connect_to_a_neighbour_by_sending():
    """Landlock looks at connect(2), and a first message can connect as well."""
    with socket.socket() as quick:
        return quick.sendto(b"x", socket.MSG_FASTOPEN, ("127.0.0.1", FACTS["port"]))


@attempt
def connect_to_a_neighbour_by_sending_in_parts():
    with socket.socket() as quick:
        to = ("127.0.0.1", FACTS["port"])
        return quick.sendmsg([b"x"], [], socket.MSG_FASTOPEN, to)


@attempt
def connect_to_a_neighbour_when_first_sent_to():
    with socket.socket() as late:
        late.setsockopt(socket.IPPROTO_TCP, 30, 1)  # TCP_FASTOPEN_CONNECT
        late.connect(("127.0.0.1", FACTS["port"]))
        return late.send(b"x")


@attempt
def connect_to_a_database():
    return socket.socket(socket.AF_UNIX).connect(FACTS["database"])


@attempt
def connect_to_a_database_by_tcp():
    return socket.create_connection(("127.0.0.1", 5432), 1)


@stopped_by(errno.EPERM, errno.EACCES)
def connect_outside_by_tcp():
    return socket.create_connection(("192.0.2.1", 443), 1)


@stopped_by(errno.EPERM, errno.EACCES)
def connect_outside_by_ipv6():
    return socket.create_connection(("2001:db8::1", 443), 1)


@stopped_by(errno.EPERM)
def send_outside_by_udp():
    return socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("192.0.2.1", 53))


@stopped_by(errno.EPERM)
def ask_for_a_name():
    """The C library would keep to itself what has stopped it, so without it."""
    return socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.53", 53))


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


@stopped_by(errno.EPERM)
def send_what_it_likes():
    return socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)


@stopped_by(errno.EPERM)
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
    refused = None
    for path in FACTS["sockets"]:
        try:
            socket.socket(socket.AF_UNIX).connect(path)
        except (FileNotFoundError, PermissionError) as error:
            refused = error
        else:
            return path
    raise refused


@stopped_by(errno.EPERM, errno.EACCES, errno.ECONNREFUSED)
def connect_to_an_abstract_socket():
    """In a network of one's own nobody has that name, which reads like refusing."""
    return socket.socket(socket.AF_UNIX).connect("\0" + FACTS["abstract"])


@attempt
def listen_without_a_port():
    """The kernel chooses one then; Landlock looks at bind(2) alone."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.listen()
    return listening.getsockname()


@attempt
def listen_without_a_port_by_ipv6():
    listening = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
    listening.listen()
    return listening.getsockname()


@stopped_by(errno.EPERM)
def listen_in_the_place_of_a_connection():
    """What has been connected and let go of is a socket like a new one."""
    used = socket.socket()
    with contextlib.suppress(OSError):
        used.connect(("127.0.0.1", FACTS["port"]))
    ctypes.CDLL(None).connect(used.fileno(), bytes(16), 16)  # AF_UNSPEC: lets go of it.
    used.listen()
    return used.getsockname()


@stopped_by(errno.EPERM)
def speak_a_protocol_of_clusters():
    return socket.socketpair(30, socket.SOCK_STREAM)


@stopped_by(errno.EPERM)
def let_another_protocol_take_a_connection_over():
    """SMC, where it is there: its connections are made past the look at connect(2)."""
    with socket.socket() as plain:
        return plain.setsockopt(socket.IPPROTO_TCP, 31, b"smc")
