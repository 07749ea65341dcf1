"""The pages."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from gateway.headers import content_policy, with_security_headers
from gateway.pages import NoPages, Pages, read_pages


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    web = tmp_path / "web"
    (web / "assets" / "icons").mkdir(parents=True)
    (web / "index.html").write_text("<!doctype html>")
    (web / "security.html").write_text("<!doctype html>")
    (web / "demo.html").write_text("<!doctype html>")
    (web / "embed.html").write_text("<!doctype html>")
    (web / "embed.js").write_text("(() => {})();")
    (web / "demo-phone.html").write_text("<!doctype html>")
    (web / "assets" / "demo").mkdir()
    (web / "assets" / "demo" / "tours.js").write_text("export {};")
    (web / "assets" / "chat.js").write_text("export {};")
    (web / "assets" / "icons" / "mark.svg").write_text("<svg/>")
    (web / "assets" / ".hidden.js").write_text("secret")
    (web / "assets" / "notes.md").write_text("notes")
    (tmp_path / "outside.js").write_text("secret")
    (web / "assets" / "link.js").symlink_to(tmp_path / "outside.js")
    return web


def test_what_is_served_is_what_may_be_served(folder: Path) -> None:
    """Hidden files, other types and links that lead outside are left out."""
    pages = read_pages(folder, demo=True)
    assert set(pages) == {
        "/",
        "/security",
        "/demo",
        "/embed.js",
        "/demo/chat",
        "/demo/phone",
        "/assets/chat.js",
        "/assets/demo/tours.js",
        "/assets/icons/mark.svg",
    }
    assert pages["/assets/chat.js"].media_type == "text/javascript; charset=utf-8"
    assert pages["/assets/icons/mark.svg"].media_type == "image/svg+xml"


def test_the_script_for_other_sites_is_the_one_thing_that_they_may_load(folder: Path) -> None:
    """ASVS 3.4.8: everything else stays same-origin; the frame's page is not served as it lies."""
    pages = read_pages(folder, demo=True)
    assert {path for path, page in pages.items() if page.resource == "cross-origin"} == {
        "/embed.js"
    }
    assert not [path for path in pages if "embed.html" in path or path == "/embed"]


def test_no_start_page_is_a_clear_failure(tmp_path: Path) -> None:
    with pytest.raises(NoPages):
        read_pages(tmp_path, demo=True)


def test_the_demos_page_is_nowhere_in_production(folder: Path) -> None:
    """ASVS 13.4.2: what shows codes to anybody exists in demo mode alone."""
    production = set(read_pages(folder, demo=False))
    assert production == {
        "/",
        "/embed.js",
        "/security",
        "/assets/chat.js",
        "/assets/icons/mark.svg",
    }


async def test_only_the_demos_own_copy_of_the_chat_may_be_framed(folder: Path) -> None:
    """ASVS 3.4.6: no page stands in a frame, in either mode, but the one that the demo shows."""
    for demo in (True, False):
        pages = Pages(read_pages(folder, demo=demo))
        guarded = httpx.ASGITransport(with_security_headers(pages))
        client = httpx.AsyncClient(transport=guarded, base_url="https://localhost")
        for path in ("/", "/security", "/demo", "/demo/phone", "/assets/chat.js"):
            policies = (await client.get(path)).headers.get_list("content-security-policy")
            assert len(policies) == 1
            assert "frame-ancestors 'none'" in policies[0]
            assert ("frame-src" in policies[0]) == (demo and path == "/demo")
        framed = await client.get("/demo/chat")
        assert framed.status_code == (200 if demo else 404)
        own = framed.headers["content-security-policy"]
        assert ("frame-ancestors 'self'" in own) == demo
        assert own.replace("frame-ancestors 'self'", "frame-ancestors 'none'") == content_policy()


def test_a_page_that_is_not_there_is_not_served(folder: Path) -> None:
    (folder / "security.html").unlink()
    for name in ("demo.html", "demo-phone.html"):
        (folder / name).unlink()
    assert not {"/security", "/demo"} & set(read_pages(folder, demo=True))


async def test_the_security_page_is_served_like_the_start_page(client: httpx.AsyncClient) -> None:
    answer = await client.get("/security?recover=1")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["referrer-policy"] == "no-referrer"


async def test_the_start_page_preselects_a_tenant_by_itself(client: httpx.AsyncClient) -> None:
    answer = await client.get("/?tenant=northwind-bank")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"


async def test_a_page_that_has_not_changed_is_not_sent_again(client: httpx.AsyncClient) -> None:
    etag = (await client.get("/assets/chat.js")).headers["etag"]
    again = await client.get("/assets/chat.js", headers={"if-none-match": etag})
    assert (again.status_code, again.content) == (304, b"")
    changed = await client.get("/assets/chat.js", headers={"if-none-match": '"other"'})
    assert changed.status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/assets/../gateway/serve.py",
        "/assets/%2e%2e/%2e%2e/etc/passwd",
        "/assets/..%2f..%2fetc%2fpasswd",
        "/assets/....//....//etc/passwd",
        "/assets//etc/passwd",
        "/assets/%00chat.js",
        "/assets/chat.js%00.html",
        "/assets/chat.js/",
        "/assets/",
        "/assets",
        "//etc/passwd",
        "/index.html",
        "/.env",
        "/assets\\..\\serve.py",
    ],
)
async def test_a_path_that_climbs_finds_nothing(client: httpx.AsyncClient, path: str) -> None:
    """Path traversal: a path is a key of a dictionary and nothing else."""
    answer = await client.get(httpx.URL("https://localhost:8443").copy_with(raw_path=path.encode()))
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_a_page_is_compressed_once_and_only_for_who_takes_it(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<p>words</p>" * 500)
    pages = Pages(read_pages(tmp_path, demo=True))
    client = httpx.AsyncClient(transport=httpx.ASGITransport(pages), base_url="https://localhost")
    packed = await client.get("/", headers={"accept-encoding": "br, gzip;q=0.5"})
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < 500
    for refused in ("", "br", "gzip;q=0", "gzipped"):
        plain = await client.get("/", headers={"accept-encoding": refused})
        assert "content-encoding" not in plain.headers, refused
        assert plain.text == packed.text
