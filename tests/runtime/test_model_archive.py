"""What is loaded of a model is what was signed: attacks on its archive and its signature."""

from __future__ import annotations

import dataclasses
import gzip
import io
import os
import tarfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from runtime import model_archive
from runtime.model_archive import check, contents, unpack
from runtime.signed_model import (
    NotTrusted,
    SignedFile,
    Statement,
    Trust,
    read_trust,
    sign,
    signature_of,
    verified,
)

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
TRUST = Trust(KEY.public_key(), 10)
FILES = {"metadata.json": b"{}", "components/featurizer/network.onnx": b"weights" * 1000}


def archive(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    """Return a compressed archive of these members, in this order."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for info, content in members:
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return packed.getvalue()


def plain(name: str, content: bytes) -> tuple[tarfile.TarInfo, bytes]:
    """Return a file, as a member."""
    return tarfile.TarInfo(name), content


def special(name: str, kind: bytes, target: str = "") -> tuple[tarfile.TarInfo, bytes]:
    """Return a member that is no file."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info, b""


GOOD = archive(special("", tarfile.DIRTYPE), *(plain(*each) for each in FILES.items()))


def stated(model: Path, serial: int = 10) -> Statement:
    """Return the statement about a model as a training writes it."""
    whole, files = contents(model)
    name = model.name.removesuffix(".tar.gz")
    return Statement(name, serial, "2026-05-04T12:00:00+00:00", whole, files, "0" * 64, {})


@pytest.fixture
def model(tmp_path):
    """A model, signed."""
    path = tmp_path / "models" / "m.tar.gz"
    path.parent.mkdir()
    path.write_bytes(GOOD)
    signature_of(path).write_bytes(sign(stated(path), KEY))
    return path


@pytest.fixture
def own(tmp_path):
    """The folder of the process that unpacks."""
    path = tmp_path / "own"
    path.mkdir()
    return path


def unpacked(folder: Path) -> dict[str, bytes]:
    """Return what lies in a folder."""
    files = (path for path in folder.rglob("*") if not path.is_dir())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def sign_with_files(model: Path, content: bytes) -> None:
    """Put another archive in place, and sign it with the list of files of the good one.

    So that the list is what refuses it: the archive as a whole is as signed.
    """
    before = stated(model)
    model.write_bytes(content)
    whole = SignedFile(model.name, *model_archive._measured(io.BytesIO(content)))
    signature_of(model).write_bytes(sign(dataclasses.replace(before, archive=whole), KEY))


def test_a_model_as_it_was_signed_is_unpacked(model, own):
    assert unpack(model, TRUST, own) == stated(model) == check(model, TRUST)
    assert unpacked(own) == FILES


def test_attack_a_tampered_archive(model, own):
    content = bytearray(GOOD)
    content[len(content) // 2] ^= 1
    model.write_bytes(content)
    for refuses in (lambda: unpack(model, TRUST, own), lambda: check(model, TRUST)):
        with pytest.raises(NotTrusted, match="damaged, or not what was signed"):
            refuses()
    assert unpacked(own) == {}


@pytest.mark.parametrize(
    "content",
    [GOOD + b"x", GOOD[:-1], b"", gzip.compress(b"x" * 10**6)],
    ids=["longer", "shorter", "empty", "another"],
)
def test_attack_an_archive_of_another_size(model, own, content):
    model.write_bytes(content)
    with pytest.raises(NotTrusted, match="damaged, or not what was signed"):
        unpack(model, TRUST, own)


def test_attack_the_signature_is_missing(model, own):
    signature_of(model).unlink()
    with pytest.raises(NotTrusted, match="it is not signed"):
        unpack(model, TRUST, own)


def test_attack_another_key_has_signed(model, own):
    signature_of(model).write_bytes(sign(stated(model), Ed25519PrivateKey.generate()))
    with pytest.raises(NotTrusted, match="not one of the trusted key"):
        unpack(model, TRUST, own)


def test_attack_the_signature_of_another_model_is_swapped_in(model, own):
    """Of the same key, and of this serial: only the name tells."""
    signature_of(model).write_bytes(sign(dataclasses.replace(stated(model), name="n"), KEY))
    with pytest.raises(NotTrusted, match="that of another model"):
        unpack(model, TRUST, own)


@pytest.mark.parametrize(("serial", "passes"), [(9, False), (10, True), (11, True)])
def test_attack_an_older_model_is_rolled_back_to(model, serial, passes):
    signature_of(model).write_bytes(sign(stated(model, serial), KEY))
    if passes:
        assert verified(model, TRUST).serial == serial
    else:
        with pytest.raises(NotTrusted, match="older than a model"):
            verified(model, TRUST)


@pytest.mark.parametrize(
    ("members", "why"),
    [
        ([plain("components/extra.pkl", b"x")], "not signed"),
        ([plain("../outside", b"x")], "not signed"),
        ([plain("/outside", b"x")], "not signed"),
        ([plain("metadata.json", b"{}")], "not signed"),  # A second time, to win over the first.
        ([plain("./metadata.json", b"{}")], "not signed"),
        ([special("components/link", tarfile.SYMTYPE, "/etc/passwd")], "something else than files"),
        ([special("hard", tarfile.LNKTYPE, "metadata.json")], "something else than files"),
        ([special("device", tarfile.CHRTYPE)], "something else than files"),
        ([special("pipe", tarfile.FIFOTYPE)], "something else than files"),
    ],
)
def test_attack_an_archive_holds_more_than_was_signed(model, own, members, why):
    """CWE-22, CWE-59: extra files, paths that lead out, links, devices."""
    every = [*(plain(*each) for each in FILES.items()), *members]
    sign_with_files(model, archive(*every))
    with pytest.raises(NotTrusted, match=why):
        unpack(model, TRUST, own)
    assert unpacked(own).keys() <= FILES.keys()
    assert not (own.parent / "outside").exists()


def test_attack_a_link_as_a_folder_leads_a_signed_file_outside(model, own, tmp_path):
    """CWE-59: the link comes first, the file is written through it."""
    outside = tmp_path / "outside"
    outside.mkdir()
    link = special("components", tarfile.SYMTYPE, str(outside))
    sign_with_files(model, archive(link, *(plain(*each) for each in FILES.items())))
    with pytest.raises(NotTrusted, match="something else than files"):
        unpack(model, TRUST, own)
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize("content", [b"{]", b"", b"{}x"])
def test_attack_a_file_in_the_archive_differs(model, own, content):
    changed = FILES | {"metadata.json": content}
    sign_with_files(model, archive(*(plain(*each) for each in changed.items())))
    with pytest.raises(NotTrusted, match="a file in its archive is not what was signed"):
        unpack(model, TRUST, own)


def test_attack_a_file_is_left_out(model, own):
    sign_with_files(model, archive(plain("metadata.json", b"{}")))
    with pytest.raises(NotTrusted, match="missing from its archive"):
        unpack(model, TRUST, own)


@pytest.mark.parametrize("name", ["../outside", "/outside", "a/../../b", "a//b", "a\0b", "."])
def test_a_name_that_leads_out_is_refused_even_where_it_is_signed(model, own, name):
    signed = dataclasses.replace(stated(model), files=(SignedFile(name, "0" * 64, 0),))
    signature_of(model).write_bytes(sign(signed, KEY))
    with pytest.raises(NotTrusted):
        unpack(model, TRUST, own)


def test_attack_the_archive_is_exchanged_after_it_was_verified(model, own, monkeypatch):
    """TOCTOU (CWE-367): what was verified is what is unpacked."""
    evil = archive(*(plain(name, b"evil") for name in FILES))
    files = model_archive._files

    def exchange_first(copy):
        model.write_bytes(evil)
        return files(copy)

    monkeypatch.setattr(model_archive, "_files", exchange_first)
    unpack(model, TRUST, own)
    assert unpacked(own) == FILES
    assert model.read_bytes() == evil


@pytest.mark.parametrize("kind", ["link", "folder", "pipe", "missing"])
def test_attack_something_else_in_the_place_of_the_archive(model, own, kind):
    """A link may lead anywhere; a pipe would never be read to its end."""
    model.rename(model.with_name("elsewhere"))
    match kind:
        case "link":
            model.symlink_to(model.with_name("elsewhere"))
        case "folder":
            model.mkdir()
        case "pipe":
            os.mkfifo(model)
    with pytest.raises(NotTrusted, match=r"cannot be read|is no file"):
        unpack(model, TRUST, own)


@pytest.mark.parametrize(
    "content",
    [b"", b"no archive", gzip.compress(b"no archive, compressed"), GOOD[: len(GOOD) // 2]],
    ids=["empty", "plain", "compressed", "half"],
)
def test_what_is_no_archive_is_not_signed(tmp_path, content):
    path = tmp_path / "m.tar.gz"
    path.write_bytes(content)
    with pytest.raises(NotTrusted, match="cannot be read"):
        contents(path)


@pytest.mark.parametrize(
    "members",
    [
        [special("link", tarfile.SYMTYPE, "x")],
        [plain("twice", b"1"), plain("twice", b"2")],
    ],
)
def test_an_odd_archive_is_not_signed(tmp_path, members):
    path = tmp_path / "m.tar.gz"
    path.write_bytes(archive(*members))
    with pytest.raises(NotTrusted):
        contents(path)


def test_trust_is_read_as_it_was_written(tmp_path):
    path = tmp_path / "trusted.json"
    path.write_bytes(TRUST.written())
    found = read_trust(path)
    assert (found.key.public_bytes_raw(), found.serial) == (TRUST.key.public_bytes_raw(), 10)


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{}", b'{"ed25519": "AAAA", "serial": 1}', TRUST.written().replace(b"10", b"-1"),
     TRUST.written().replace(b"10", b"true"), TRUST.written().replace(b"10", b'"10"')],
)  # fmt: skip
def test_trust_that_cannot_be_read_trusts_nobody(tmp_path, content):
    path = tmp_path / "trusted.json"
    path.write_bytes(content)
    with pytest.raises(NotTrusted, match="nothing says whose models to trust"):
        read_trust(path)
