"""Web Push as it leaves: encrypted for one browser, signed by us, through the one client."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from collections.abc import AsyncIterator, Iterator

import orjson
import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jwt
from joserfc.jwk import ECKey

from security.adapters.outgoing import Outgoing
from security.adapters.posts.post import CannotSend
from security.adapters.posts.web_push import WebPush
from security.clock import utc_now
from security.reach import AllowedHosts, Reach
from security.settings import PUSH_SERVICES
from security.tokens.vapid import PushKey
from tests.support.node import FOLDER, find_node, is_installed
from tests.support.push_device import SoftDevice, b64, decrypted, unb64
from tests.support.push_service import PushService, push_service

TEXT = json.dumps({"id": "push-1", "binding": "Pay 50 € to Anna", "details": []})

# RFC 8291, Appendix A: what the receiver has, and the message.
RECEIVER = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
MESSAGE = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAm"
    "S6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_"
    "Qulcy4a-fN"
)


@pytest.fixture
def service() -> Iterator[PushService]:
    with push_service() as running:
        yield running


@pytest.fixture
async def post() -> AsyncIterator[WebPush]:
    outgoing = Outgoing(AllowedHosts(), Reach(loopback=True))
    sender = WebPush(outgoing, PushKey(), "https://bank.example", utc_now)
    yield sender
    await sender.close()


def to(device: SoftDevice) -> str:
    """Return where a letter goes."""
    return orjson.dumps({"device": "device-1", "subscription": device.subscription()}).decode()


def test_the_published_vector_is_read_by_what_reads_in_these_tests() -> None:
    """RFC 8291, Appendix A."""
    receiver = ec.derive_private_key(int.from_bytes(unb64(RECEIVER), "big"), ec.SECP256R1())
    plain = decrypted(unb64(MESSAGE), receiver, unb64(AUTH))
    assert plain == b"When I grow up, I want to be a watermelon"


async def test_a_push_is_readable_for_its_device_alone(post: WebPush, service: PushService) -> None:
    """RFC 8030, 8188, 8291: by an implementation that shares no code with the sender's."""
    device = SoftDevice(f"{service.address}/push/1")
    assert await post.send("bank", to(device), "", TEXT) is None
    pushed = service.next(5)
    assert device.read(pushed.body)["binding"] == "Pay 50 € to Anna"
    assert b"Anna" not in pushed.body
    with pytest.raises(InvalidTag):
        SoftDevice().read(pushed.body)
    headers = pushed.headers
    assert (headers["content-encoding"], headers["urgency"]) == ("aes128gcm", "high")
    assert 0 < int(headers["ttl"]) <= 300
    assert "cookie" not in headers


async def test_an_implementation_that_we_did_not_write_reads_it(
    post: WebPush, service: PushService
) -> None:
    """RFC 8188, 8291: http_ece, of npm; and it refuses one that was changed."""
    node = find_node()
    if node is None or not is_installed():
        missing = "Node 20 with the packages of tests/foreign is not there: make test installs them"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(missing)
    device = SoftDevice(f"{service.address}/push/1")
    await post.send("bank", to(device), "", TEXT)
    body = service.next(5).body
    number = device.receiver.private_numbers().private_value
    secrets = (b64(number.to_bytes(32, "big")), b64(device.auth))

    def read(sent: bytes) -> subprocess.CompletedProcess[bytes]:
        command = [str(node), "read_push.mjs", *secrets]
        return subprocess.run(command, cwd=FOLDER, input=sent, capture_output=True, check=False)

    assert json.loads(read(body).stdout)["binding"] == "Pay 50 € to Anna"
    changed = read(body[:-1] + bytes([body[-1] ^ 1]))
    assert (changed.returncode != 0, changed.stdout) == (True, b"")


async def test_a_push_service_can_tell_that_it_is_us(service: PushService) -> None:
    """RFC 8292: our key, its address as audience, a day at most."""
    key = PushKey()
    outgoing = Outgoing(AllowedHosts(), Reach(loopback=True))
    sender = WebPush(outgoing, key, "https://bank.example", utc_now)
    await sender.send("bank", to(SoftDevice(f"{service.address}/push/1")), "", TEXT)
    await sender.close()
    scheme, _, rest = service.next(5).headers["authorization"].partition(" ")
    parts = dict(part.strip().split("=", 1) for part in rest.split(","))
    assert (scheme, parts["k"]) == ("vapid", key.public)
    raw = base64.urlsafe_b64decode(key.public + "=")
    numbers = {"kty": "EC", "crv": "P-256"}
    x, y = (base64.urlsafe_b64encode(half).rstrip(b"=").decode() for half in (raw[1:33], raw[33:]))
    claims = jwt.decode(parts["t"], ECKey.import_key({**numbers, "x": x, "y": y})).claims
    assert claims["aud"] == service.address
    assert claims["sub"] == "https://bank.example"
    assert 0 < claims["exp"] - utc_now().timestamp() <= 86_400


@pytest.mark.parametrize(
    ("status", "why", "retry"),
    [
        (404, "gone", False),
        (410, "gone", False),
        (413, "not_taken", False),
        (429, "not_taken", True),
        (503, "not_taken", True),
        (307, "redirected", True),
    ],
)
async def test_what_a_push_service_answers(
    post: WebPush, service: PushService, status: int, why: str, retry: bool
) -> None:
    """Failures are told by constants; a redirect is never followed."""
    service.status = status
    with pytest.raises(CannotSend) as failed:
        await post.send("bank", to(SoftDevice(f"{service.address}/push/1")), "", TEXT)
    assert (failed.value.why, failed.value.retry) == (why, retry)
    assert service.next(5).path == "/push/1"
    assert service.arrived.empty()


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://127.0.0.1:9/push",
        "https://127.0.0.1/push",
        "https://localhost/push",
        "http://fcm.googleapis.com/push",
        "https://push.attacker.example/1",
        "https://10.0.0.1/push",
    ],
)
async def test_attack_a_kept_address_that_leads_inside(endpoint: str) -> None:
    """Client-supplied URLs: looked at again where they are asked, not only where they are kept."""
    sender = WebPush(Outgoing(PUSH_SERVICES), PushKey(), "https://bank.example", utc_now)
    with pytest.raises(CannotSend, match=r"^not_allowed$") as failed:
        await sender.send("bank", to(SoftDevice(endpoint)), "", TEXT)
    assert failed.value.retry is False
    await sender.close()
