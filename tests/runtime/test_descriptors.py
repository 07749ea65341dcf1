"""What a process is given at birth, and how it says that it is ready."""

import json
import os

import pytest

from runtime.descriptors import (
    READY_FD,
    SECRETS_FD,
    MissingDescriptor,
    read_secrets,
    tell_ready,
)


def pipe_with(content: bytes) -> int:
    reading, writing = os.pipe()
    os.write(writing, content)
    os.close(writing)
    return reading


def test_secrets_are_read_once_and_the_descriptor_is_closed() -> None:
    """ASVS 13.3.1: nothing that this process starts later inherits them."""
    number = pipe_with(json.dumps({"security": "s"}).encode())
    assert read_secrets({SECRETS_FD: str(number)}) == {"security": "s"}
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(number)


def test_a_process_that_the_launcher_did_not_start_does_not_run() -> None:
    with pytest.raises(MissingDescriptor, match="gatehouse run"):
        read_secrets({})


@pytest.mark.parametrize("content", [b"[]", b"null", b'"secret"', b"1"])
def test_anything_but_an_object_is_no_secrets(content: bytes) -> None:
    with pytest.raises(MissingDescriptor):
        read_secrets({SECRETS_FD: str(pipe_with(content))})


def test_a_broken_object_is_not_half_read() -> None:
    with pytest.raises(ValueError, match="Expecting"):
        read_secrets({SECRETS_FD: str(pipe_with(b'{"security": '))})


def test_readiness_is_one_line_and_then_the_end() -> None:
    reading, writing = os.pipe()
    tell_ready({READY_FD: str(writing)})
    with os.fdopen(reading, "rb") as pipe:
        assert pipe.read() == b"ready\n"


def test_without_a_launcher_readiness_is_told_to_nobody() -> None:
    tell_ready({})
