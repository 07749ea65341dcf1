"""What numbers and traces change about the processes: nothing, where they are off."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.profiles import profiles
from cli.programs import programs
from cli.settings import Settings, settings_of_processes
from sandbox.profile import Profile

OBSERVED = {"metrics_port": 9464, "traces_url": "https://collector.example:4318/v1/traces"}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    for name in ("keys/public", "tls", "models", "api-keys"):
        (folder / name).mkdir(parents=True)
    python = tmp_path / "venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    (tmp_path / "venv" / "pyvenv.cfg").write_text("home = /usr/bin\n")
    return folder


def settings(home: Path, **told: object) -> Settings:
    python = home.parent / "venv" / "bin" / "python"
    return Settings(_env_file=None, home=home, rasa_python=python, **told)


def table(home: Path, **told: object) -> dict[str, Profile]:
    return profiles(settings(home, **told), home.parent / "run", ("banking",))


def test_there_is_no_more_where_nothing_is_set(home: Path) -> None:
    assert "telemetry" not in table(home)
    names = {one.name for one in programs(settings(home))}
    assert "telemetry" not in names
    assert not any(
        "telemetry" in name for one in programs(settings(home)) for name in one.credentials
    )


@pytest.mark.parametrize("name", ["metrics_port", "traces_url"])
def test_each_of_them_starts_it(home: Path, name: str) -> None:
    found = {one.name: one for one in programs(settings(home, **{name: OBSERVED[name]}))}
    others = {f"telemetry-to-{one}" for one in found if one != "telemetry"}
    assert set(found["telemetry"].credentials) == others
    for one in found.values():
        if one.name != "telemetry":
            assert {each for each in one.credentials if each.startswith("telemetry")} == {
                f"telemetry-to-{one.name}"
            }


def test_attack_it_sees_no_file_and_reaches_nothing_but_what_it_asks(home: Path) -> None:
    """ASVS 13.2.4: whoever takes it over has numbers, and no key, no database, no other arrow."""
    every = table(home, **OBSERVED)
    own = every["telemetry"]
    run = home.parent / "run"
    assert own.reads == (home / "given-to" / "telemetry",)
    assert (own.writes, own.serves) == ((), ())
    observed = {run / f"observed-{name}" for name in every if name != "telemetry"}
    assert set(own.calls) == observed
    assert (own.bind_tcp, set(own.connect_tcp)) == ((9464,), {4318, 53})
    assert own.uid not in {one.uid for one in every.values() if one is not own}


def test_attack_nobody_else_gets_a_way_to_it_or_out(home: Path) -> None:
    """ASVS 13.2.4: they are asked; none of them gets an address more to connect to."""
    before, after = table(home), table(home, **OBSERVED)
    for name, one in before.items():
        assert after[name].calls == one.calls
        assert after[name].connect_tcp == one.connect_tcp
        assert after[name].reads == one.reads
        assert after[name].writes == one.writes
        assert set(after[name].serves) - set(one.serves) == {
            home.parent / "run" / f"observed-{name}"
        }


def test_security_reaches_its_outlets_and_not_the_collector(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ASVS 13.2.4: the ports of the settings that are its own."""
    before = set(table(home)["security"].connect_tcp)
    monkeypatch.setenv("GATEHOUSE_OUT_SYSLOG_URL", "tls://siem.example:6514")
    monkeypatch.setenv("GATEHOUSE_OUT_WEBHOOK_URL", "https://hooks.example:8443/trail")
    monkeypatch.setenv("GATEHOUSE_TRACES_URL", str(OBSERVED["traces_url"]))
    monkeypatch.setenv("GATEHOUSE_METRICS_PORT", str(OBSERVED["metrics_port"]))
    assert set(table(home)["security"].connect_tcp) - before == {6514, 8443} - before


def test_attack_secrets_of_outlets_and_collectors_are_in_no_environment() -> None:
    """ASVS 13.3.1."""
    names = ("OUT_WEBHOOK_SECRET", "METRICS_TOKEN", "TRACES_TOKEN")
    given = {f"GATEHOUSE_{name}": "planted" for name in names}
    assert "planted" not in settings_of_processes(given).values()
    told = {name.lower(): "planted" for name in names}
    assert set(Settings(_env_file=None, **told).given_secrets) == {
        "out-webhook-secret",
        "metrics-token",
        "traces-token",
    }
