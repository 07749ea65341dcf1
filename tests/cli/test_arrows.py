"""Which arrows cross to other hosts, and what is started and walled in for them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.arrows import crossings, end_of, here, uncalled
from cli.checks import checks
from cli.problems import Problem
from cli.profiles import profiles
from cli.programs import programs
from cli.run import where
from cli.settings import Settings, load_settings
from relay.ends import ENDS, read

SECURITY, RASA = "https://10.0.0.2:9441", "https://10.0.0.3:9442"
SOCKETS = Path("/run/gatehouse")


def settings(**told: str) -> Settings:
    return Settings(_env_file=None, **told)


def ends(told: Settings) -> set[tuple[str, str, str, int, str]]:
    found = (end_of(each, told, SOCKETS) for each in crossings(told))
    return {(one.arrow, one.side, one.host, one.port, one.peer) for one in found}


def test_on_one_host_nothing_crosses():
    assert crossings(settings()) == ()
    assert here(settings()) == {"gateway", "rasa", "actions", "security"}
    assert not [one for one in programs(settings()) if one.module == "relay.serve"]


def test_the_same_settings_make_both_ends():
    urls = {"gateway_to_security_url": SECURITY, "gateway_to_rasa_url": RASA}
    assert ends(settings(only="gateway", **urls)) == {
        ("gateway-to-security", "caller", "10.0.0.2", 9441, "security"),
        ("gateway-to-rasa", "caller", "10.0.0.3", 9442, "rasa"),
    }
    assert ends(settings(only="security,actions", **urls)) == {
        ("gateway-to-security", "callee", "10.0.0.2", 9441, "gateway"),
    }
    told = settings(only="rasa,actions", actions_to_security_url=SECURITY, **urls)
    assert ends(told) == {
        ("gateway-to-rasa", "callee", "10.0.0.3", 9442, "gateway"),
        ("actions-to-security", "caller", "10.0.0.2", 9441, "security"),
    }


def test_an_address_of_ones_own_may_be_listened_on():
    told = settings(
        only="security", gateway_to_security_url="https://core.example:9441", arrows_address="::1"
    )
    assert ends(told) == {("gateway-to-security", "callee", "::1", 9441, "gateway")}
    by_name = settings(only="gateway", gateway_to_security_url="https://core.example:9441",
                       gateway_to_rasa_url=RASA)  # fmt: skip
    assert ("gateway-to-security", "caller", "core.example", 9441, "security") in ends(by_name)


def test_a_caller_without_the_address_of_its_callee_does_not_start():
    with pytest.raises(Problem, match="GATEHOUSE_GATEWAY_TO_SECURITY_URL"):
        crossings(settings(only="gateway"))


def test_a_callee_that_nobody_can_call_is_told():
    assert [one.setting for one in uncalled(settings(only="security,actions"))] == [
        "GATEHOUSE_GATEWAY_TO_SECURITY_URL",
        "GATEHOUSE_RASA_TO_ACTIONS_URL",
    ]
    assert uncalled(settings()) == ()


@pytest.mark.parametrize("only", ["security,mainframe", "relay-security", "banking", " , "])
def test_processes_that_there_are_none_of(only):
    with pytest.raises(Problem, match=r"there is no process|names no process"):
        here(settings(only=only))


@pytest.mark.parametrize(
    "url",
    [
        "http://10.0.0.2:9441",
        "https://10.0.0.2",
        "https://user@10.0.0.2:9441",
        "https://10.0.0.2:9441/path",
        "https://10.0.0.2:9441?x",
        "https://:9441",
        "10.0.0.2:9441",
    ],
)
def test_attack_only_https_with_host_and_port(monkeypatch, url):
    """ASVS 12.2.1: no setting makes an arrow plain."""
    monkeypatch.setenv("GATEHOUSE_GATEWAY_TO_SECURITY_URL", url)
    with pytest.raises(Problem, match="GATEHOUSE_GATEWAY_TO_SECURITY_URL"):
        crossings(load_settings())


def test_a_port_that_there_is_none_of():
    with pytest.raises(Problem, match="names no port"):
        crossings(settings(gateway_to_rasa_url="https://10.0.0.2:99999"))


def test_only_what_belongs_here_is_started():
    urls = {"gateway_to_security_url": SECURITY, "gateway_to_rasa_url": RASA}
    front = programs(settings(only="gateway", **urls), SOCKETS)
    assert [one.name for one in front] == ["relay-gateway", "gateway"]
    assert front[1].after == ()
    told = read(front[0].environ[ENDS])
    assert {str(one.socket) for one in told} == {
        "/run/gatehouse/security-gateway/sock",
        "/run/gatehouse/rasa/sock",
    }
    core = [one.name for one in programs(settings(only="security", **urls), SOCKETS)]
    assert "banking" in core
    assert core[-1] == "security"
    assert core[0] == "relay-security"
    assert json.loads(front[0].environ[ENDS])[0]["peer"] == "security"


def test_a_relay_gets_no_credential():
    """ASVS 13.2.4: what it carries passes through it, and nothing is given to it."""
    for only in ("gateway", "security", "rasa,actions"):
        told = settings(
            only=only,
            gateway_to_security_url=SECURITY,
            gateway_to_rasa_url=RASA,
            actions_to_security_url=SECURITY,
        )
        relays = [one for one in programs(told, SOCKETS) if one.module == "relay.serve"]
        assert relays
        assert all(one.credentials == one.given == () for one in relays)


def test_the_walls_are_opened_for_the_relay_alone(tmp_path):
    """ASVS 13.2.4: Rasa and the actions keep their empty network."""
    python = tmp_path / "venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    (tmp_path / "venv" / "pyvenv.cfg").write_text("home = /usr/bin\n")
    told = settings(
        home=str(tmp_path / "home"),
        rasa_python=str(python),
        only="rasa,actions",
        gateway_to_rasa_url=RASA,
        actions_to_security_url="https://core.example:9441",
    )
    table = profiles(told, SOCKETS, ())
    assert set(table) == {"rasa", "actions", "relay-rasa", "relay-actions"}
    assert {name for name, one in table.items() if one.network} == {"relay-rasa", "relay-actions"}
    assert (table["relay-rasa"].bind_tcp, table["relay-rasa"].connect_tcp) == ((9442,), ())
    assert (table["relay-actions"].bind_tcp, table["relay-actions"].connect_tcp) == ((), (9441, 53))
    assert table["relay-rasa"].reads == (told.home_folder / "arrows" / "rasa",)
    assert table["relay-rasa"].calls == (SOCKETS / "rasa",)
    assert table["relay-actions"].serves == (SOCKETS / "security-actions",)
    for one in table.values():
        assert not any(path.is_relative_to(told.home_folder / "keys") for path in one.reads)
    assert len({one.uid for one in table.values()}) == len(table)


def test_an_arrow_s_address_opens_no_wall_of_security(monkeypatch, tmp_path):
    monkeypatch.setenv("GATEHOUSE_GATEWAY_TO_SECURITY_URL", SECURITY)
    told = settings(home=str(tmp_path), only="security")
    assert 9441 not in profiles(told, SOCKETS, ())["security"].connect_tcp


def test_only_what_belongs_here_is_looked_at():
    urls = {"gateway_to_security_url": SECURITY, "gateway_to_rasa_url": RASA}
    front = {check.name for check in checks(settings(only="gateway", **urls))}
    core = {check.name for check in checks(settings(only="security", **urls))}
    assert {"port", "certificate", "arrows"} <= front
    assert front.isdisjoint({"model", "Python 3.10 with Rasa", "messages"})
    assert core.isdisjoint({"port", "certificate", "model"})


def test_what_is_ready_is_named():
    urls = {"gateway_to_security_url": SECURITY, "gateway_to_rasa_url": RASA}
    assert where(settings(only="gateway", port="9443", **urls)) == "https://localhost:9443"
    assert where(settings(only="rasa,actions")) == "actions, rasa"
