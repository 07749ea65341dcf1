"""Files of providers: read with clear errors; secrets for their owner alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from security.adapters.provider_files import load_providers
from security.provider_parts import build_providers
from security.settings import SecuritySettings
from security.sso.provider import provider_of
from tests.security.idp import GLOBEX, SECRET


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one provider."""
    (tmp_path / "globex.yml").write_text(GLOBEX)
    secret = tmp_path / "globex.secret"
    secret.write_text(f"{SECRET}\n")
    secret.chmod(0o600)
    return tmp_path


def test_a_provider_is_read_with_its_secret(folder: Path) -> None:
    [found] = load_providers(folder)
    assert (found.provider.id, found.provider.tenant, found.credential) == (
        "globex",
        "globex",
        SECRET,
    )
    assert SECRET not in repr(found)


def test_a_secret_that_others_may_read_is_refused(folder: Path) -> None:
    """ASVS 13.3.1."""
    (folder / "globex.secret").chmod(0o640)
    with pytest.raises(PermissionError, match="chmod 600"):
        load_providers(folder)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (GLOBEX + "more: 1\n", "more"),
        (GLOBEX.replace("https:", "http:"), "issuer"),
        (GLOBEX + "roles: { table: { Staff: emperor } }\n", "no role emperor"),
        (GLOBEX.replace("login.globex.example", "login.globex.example/?a=b"), "query"),
        (GLOBEX.replace("tenant: globex", "tenant: acme-shop"), "acme-shop"),
        (": : :", "no YAML"),
        ("", "its top"),
    ],
)
def test_what_is_no_provider_says_so_in_one_line(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as wrong:
        provider_of(text, "globex")
    assert "\n" not in str(wrong.value)


def test_two_providers_of_one_issuer_are_refused(folder: Path) -> None:
    (folder / "globex-two.yml").write_text(GLOBEX)
    (folder / "globex-two.secret").write_text(SECRET)
    (folder / "globex-two.secret").chmod(0o600)
    with pytest.raises(ValueError, match="same issuer"):
        load_providers(folder)


def test_production_takes_no_provider_of_the_demo(folder: Path, tmp_path: Path) -> None:
    """Production refuses what the demo trusts: a provider on this machine."""
    home = tmp_path / "home"
    (home / "providers").mkdir(parents=True)
    for name in ("globex.yml", "globex.secret"):
        (folder / name).rename(home / "providers" / name)
    file = home / "providers" / "globex.yml"
    file.write_text(GLOBEX.replace("login.globex.example", "localhost:8443/demo/provider"))
    told = SecuritySettings(home=home, run_dir=home, mode="production")
    with pytest.raises(ValueError, match="of the demo"):
        build_providers(told, {"gateway-to-security": "c" * 43})
    file.write_text(GLOBEX)
    there = build_providers(told, {"gateway-to-security": "c" * 43})
    assert [one.id for one in there.of("globex")] == ["globex"]
