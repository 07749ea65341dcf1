"""Files that settings name: within its walls a process sees a copy, and nothing of where it was."""

from __future__ import annotations

import pytest

from cli.given_files import bring
from cli.home import prepare_home
from cli.settings import Settings

CA, PORT = "GATEHOUSE_API_BANKING_CA_FILE", "GATEHOUSE_OAUTH_PORT"


@pytest.fixture
def told(tmp_path):
    """Settings of a home that is there."""
    settings = Settings(_env_file=None, home=tmp_path / "home")
    prepare_home(settings.home_folder, "demo")
    return settings


def test_a_file_is_copied_for_its_owner_alone(told, tmp_path):
    file = tmp_path / "ca.pem"
    file.write_text("an authority")
    brought = bring(told, {CA: str(file), "PATH": "/bin"})
    copy = told.home_folder / "given" / CA
    assert brought == {CA: str(copy), "PATH": "/bin"}
    assert copy.read_text() == "an authority"
    assert copy.stat().st_mode & 0o777 == 0o600


def test_what_is_not_named_any_more_is_gone(told, tmp_path):
    file = tmp_path / "ca.pem"
    file.write_text("an authority")
    bring(told, {CA: str(file)})
    assert bring(told, {}) == {}
    assert list((told.home_folder / "given").iterdir()) == []


def test_a_file_that_is_not_there_stays_as_it_is_named(told):
    assert bring(told, {CA: "/nowhere/ca.pem"}) == {CA: "/nowhere/ca.pem"}


def test_the_key_of_the_page_reaches_no_process_by_this_way(told, tmp_path):
    """ASVS 13.2.4: security has no use for it."""
    file = tmp_path / "own.key"
    file.write_text("a key")
    given = {"GATEHOUSE_TLS_KEY_FILE": str(file)}
    assert bring(told, given) == given
    assert list((told.home_folder / "given").iterdir()) == []


def test_the_demos_authorization_server_shows_the_gateways_certificate(told):
    for name in ("server.pem", "server.key"):
        (told.home_folder / "tls" / name).write_text(name)
    brought = bring(told, {PORT: "9000"})
    for part, name in (("CERTIFICATE", "server.pem"), ("KEY", "server.key")):
        copy = told.home_folder / "given" / f"GATEHOUSE_OAUTH_{part}_FILE"
        assert brought[copy.name] == str(copy)
        assert copy.read_text() == name
