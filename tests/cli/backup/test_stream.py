"""The sealed stream: whatever is changed, moved, repeated or cut off is refused."""

from __future__ import annotations

import io
import secrets

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from cli.backup.stream import CHUNK, Damaged, Header, Opening, Sealing, key_name, read_header

KEY = bytes(range(32))
HEADER = Header("backup", key_name(KEY), "2026-11-26T12:00:00+00:00")
SEALED = CHUNK + 16


def seal(plain: bytes, key: bytes = KEY, header: Header = HEADER) -> bytes:
    out = io.BytesIO()
    sealing = Sealing(out, key, header)
    sealing.write(plain)
    sealing.close()
    return out.getvalue()


def unseal(sealed: bytes, key: bytes = KEY) -> bytes:
    return Opening(io.BytesIO(sealed), key).read()


def parts(sealed: bytes) -> tuple[bytes, list[bytes]]:
    """Return the header and the chunks."""
    start, _ = read_header(io.BytesIO(sealed))
    body = sealed[len(start) :]
    return start, [body[at : at + SEALED] for at in range(0, len(body), SEALED)]


@pytest.mark.parametrize(
    "size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK - 1, 2 * CHUNK, 3 * CHUNK + 7]
)
def test_what_is_sealed_opens(size):
    plain = secrets.token_bytes(size)
    sealed = seal(plain)
    assert unseal(sealed) == plain
    assert len(parts(sealed)[1]) == max(1, -(-size // CHUNK))


@given(st.lists(st.binary(max_size=300), max_size=8), st.integers(1, 500))
def test_however_it_is_written_and_read(pieces, size):
    out = io.BytesIO()
    sealing = Sealing(out, KEY, HEADER)
    for piece in pieces:
        assert sealing.write(piece) == len(piece)
    sealing.close()
    opening, got = Opening(io.BytesIO(out.getvalue()), KEY), bytearray()
    while more := opening.read(size):
        got += more
    assert bytes(got) == b"".join(pieces)


PLAIN = secrets.token_bytes(3 * CHUNK + 100)


@pytest.mark.parametrize(
    "change",
    [
        lambda start, chunks: start + b"".join(chunks[:-1]),
        lambda start, chunks: start + b"".join(chunks)[:-1],
        lambda start, chunks: start + b"".join(chunks) + b"\x00",
        lambda start, chunks: start + b"".join(chunks) + chunks[-1],
        lambda start, chunks: start + chunks[1] + chunks[0] + b"".join(chunks[2:]),
        lambda start, chunks: start + chunks[0] + chunks[2] + chunks[1] + chunks[3],
        lambda start, chunks: start + chunks[0] + b"".join(chunks),
        lambda start, chunks: start + b"".join(chunks[1:]),
        lambda start, chunks: start + chunks[0] + b"".join(chunks[2:]),
        lambda start, chunks: start + chunks[3],
        lambda start, chunks: start,
    ],
    ids=[
        "the last chunk is gone", "the last byte is gone", "a byte more", "the last chunk twice",
        "two swapped", "two others swapped", "one repeated", "the first is gone",
        "one in the middle is gone", "the last alone", "nothing but the header",
    ],
)  # fmt: skip
def test_attack_a_stream_that_is_not_as_it_was(change):
    """ASVS 11.3.3: authenticated, and complete."""
    with pytest.raises(Damaged):
        unseal(change(*parts(seal(PLAIN))))


def test_attack_a_chunk_of_another_stream_under_the_same_key():
    start, mine = parts(seal(PLAIN))
    _, other = parts(seal(PLAIN))
    with pytest.raises(Damaged):
        unseal(start + mine[0] + other[1] + mine[2] + mine[3])


def test_attack_every_single_flipped_bit_of_a_short_stream():
    sealed = seal(b"alice has 1,000 EUR")
    for at in range(len(sealed)):
        changed = bytearray(sealed)
        changed[at] ^= 1
        with pytest.raises(Damaged):
            unseal(bytes(changed))


def test_attack_another_header_opens_nothing():
    sealed = seal(b"data")
    start, chunks = parts(sealed)
    assert len(start) > 40
    posing = start.replace(b"2026-11-26", b"2027-11-26")
    assert posing != start
    with pytest.raises(Damaged, match="changed"):
        unseal(posing + chunks[0])


def test_another_key_opens_nothing():
    with pytest.raises(Damaged, match="another key"):
        unseal(seal(b"data"), bytes(32))


@given(st.binary(max_size=200))
def test_attack_anything_else_is_no_stream(content):
    with pytest.raises(Damaged):
        unseal(content)


@given(st.binary(max_size=100))
def test_attack_a_header_of_anything(content):
    begun = seal(b"")[:41] + len(content).to_bytes(2, "big") + content
    with pytest.raises(Damaged):
        unseal(begun)


def test_the_format_is_what_the_page_says():
    """Opened by hand, from docs/backups.md: magic, salt, header, chunks."""
    sealed = seal(PLAIN)
    magic, salt, length = sealed[:11], sealed[11:43], int.from_bytes(sealed[43:45], "big")
    assert magic == b"GATEHOUSE\x00\x01"
    start, body = sealed[: 45 + length], sealed[45 + length :]
    info = b"gatehouse/backup" + start
    cipher = AESGCM(HKDF(SHA256(), 32, salt, info).derive(KEY))
    plain, count = b"", -(-len(body) // SEALED)
    for number in range(count):
        place = number.to_bytes(11, "big") + bytes([number == count - 1])
        plain += cipher.decrypt(place, body[number * SEALED : (number + 1) * SEALED], place)
    assert plain == PLAIN
    with pytest.raises(InvalidTag):
        cipher.decrypt(bytes(12), body[:SEALED], b"")


def test_two_streams_of_the_same_have_nothing_in_common():
    """ASVS 11.3.4: no nonce twice under one key, for the key is new."""
    one, two = parts(seal(PLAIN)), parts(seal(PLAIN))
    assert not set(one[1]) & set(two[1])


def test_a_key_s_name_says_nothing_of_it():
    assert key_name(KEY) == key_name(bytes(range(32)))
    assert key_name(KEY) != key_name(bytes(32))
    assert len(key_name(KEY)) == 16
    assert KEY.hex()[:8] not in key_name(KEY)


def test_a_key_of_another_length_is_none():
    with pytest.raises(ValueError, match="32 bytes"):
        Sealing(io.BytesIO(), b"short", HEADER)
