"""What a thief of the disk, or a neighbour of the same user, finds: nothing of use."""

from __future__ import annotations

import os

import pytest

from cli.apis import api_names
from tests.e2e.visitor import cards

pytestmark = pytest.mark.e2e

PLANTED = "what's my balance, dear purple armadillo?"


@pytest.fixture
def visit(visitor, persons):
    """A whole visit, with everything that must not be found afterwards."""
    dana, browser = persons["dana"], visitor()
    browser.arrive()
    browser.say(PLANTED)
    challenge = browser.password(dana)
    code = dana.code()
    assert browser.answer(challenge, code).status_code == 200
    cookie = browser.http.cookies["__Host-gatehouse"]
    sentence, password = "purple armadillo", dana.password
    yield {"sentence": sentence, "password": password, "cookie": cookie, "code": code}
    assert browser.sign_out().status_code == 204


def test_no_file_holds_a_sentence_a_password_or_a_cookie(gatehouse, visit):
    """ASVS 16.2.5: not in a log, a tracker, a database or a backup of them, in plain."""
    files = [path for path in gatehouse.home.rglob("*") if path.is_file()]
    assert any(path.suffix == ".log" for path in files)
    assert any(path.suffix == ".sqlite3" for path in files)
    for name in ("sentence", "password", "cookie"):
        word = visit[name].encode()
        assert [str(path) for path in files if word in path.read_bytes()] == [], name


def test_no_log_holds_a_code(gatehouse, visit):
    """ASVS 16.2.5: a one-time code is never logged."""
    for log in (gatehouse.home / "logs").glob("*.log"):
        assert visit["code"] not in log.read_text(), log.name


def test_no_process_shows_a_credential(gatehouse):
    """ASVS 13.3.1: credentials are in no environment and in no argument.

    Nor is a setting in that of a process which does not read it.
    """
    processes = gatehouse.processes()
    assert len(processes) == 4 + len(api_names())
    if os.geteuid() != 0:
        pytest.skip("processes cannot be looked into, not even by their own user")
    of_all = {"MODE", "RUN_DIR", "SECRETS_FD", "READY_FD", "LIFELINE_FD", "PROFILE"}
    public = {"HOME", "PORT", "PUBLIC_URL"}
    more = {
        "gateway.serve": public,
        "security.serve": public | {"WATCH_RESPONSES", "OPERATOR_EMAIL"},
        "dialogue.serve": {"HOME"},
        "actions.serve": set(),
    }
    for module, process in processes.items():
        names = {name for name in process.environ() if name.startswith("GATEHOUSE_")}
        allowed = of_all | more.get(module, {"HOME"})
        assert names <= {f"GATEHOUSE_{each}" for each in allowed}, module
        assert module == "security.serve" or "planted" not in str(process.environ())
        assert len(process.cmdline()) == 4


CALLERS = {
    "actions",
    "rasa",
    "security-actions",
    "security-admin",
    "security-gateway",
}
"""Each is for one caller, who has a credential."""
OPEN = {"security-oauth", *api_names()}
"""Each request proves itself: by an access token, or as a registered client."""


def test_state_and_sockets_are_their_owners_alone(gatehouse):
    """Nobody else comes into the state folder, or to the sockets.

    Below them nothing is open to other users but what another process is shown: public keys, the
    model and, where each process has a user of its own, the sockets.
    """
    assert [path.stat().st_mode & 0o777 for path in (gatehouse.home, gatehouse.sockets)] == [
        0o700
    ] * 2
    found = [*gatehouse.home.rglob("*"), *gatehouse.sockets.rglob("*")]
    public = gatehouse.home / "keys" / "public"
    shown = {public, public / "jwks.json", gatehouse.home / "model-keys" / "trusted.json"}
    shown |= {path for path in (gatehouse.home / "models").glob("*") if path.stat().st_mode & 0o077}
    if os.geteuid() == 0:
        shown |= {*gatehouse.sockets.glob("*"), *gatehouse.sockets.glob("*/sock")}
        # Nobody but whoever started it calls these two.
        for name in ("security-admin", "security-oauth"):
            shown -= {gatehouse.sockets / name, gatehouse.sockets / name / "sock"}
        shown -= {gatehouse.sockets / "admin.credential"}
    assert {path for path in found if path.stat().st_mode & 0o077} == shown
    assert {path.parent.name for path in gatehouse.sockets.glob("*/sock")} == CALLERS | OPEN


def test_a_neighbour_without_the_credential_is_refused_at_every_socket(gatehouse):
    """Reaching a socket is not enough: each arrow has a credential of its own."""
    import httpx

    for socket in gatehouse.sockets.glob("*/sock"):
        transport = httpx.HTTPTransport(uds=str(socket))
        with httpx.Client(transport=transport, base_url="http://neighbour") as neighbour:
            for path in ("/invoke", "/sessions/create", "/webhook", "/webhooks/gatehouse/turn"):
                headers = {"Authorization": "Bearer " + "A" * 43}
                answer = neighbour.post(path, json={}, headers=headers)
                refused = {401} if socket.parent.name in CALLERS else {401, 404}
                assert answer.status_code in refused, (socket.parent.name, path)


def test_the_answer_is_not_kept_by_the_dialogue_in_plain(gatehouse, visitor, persons):
    """The tracker database is encrypted with the conversation's key (ASVS 11.3.3)."""
    browser = visitor()
    browser.arrive()
    browser.sign_in(persons["alice"])
    [card] = cards(browser.say("what's my balance?"), "balances")
    assert card["accounts"]
    for path in (gatehouse.home / "db" / "rasa").glob("tracker.sqlite3*"):
        content = path.read_bytes()
        for word in (b"action_check_balance", b"check_balance", b"2,480.15", b"2480.15"):
            assert word not in content, (path.name, word)
