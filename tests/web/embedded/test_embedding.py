"""The chat inside another site: its button, its frame, and what the two say to each other."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Frame, Page, Route, expect

from tests.web.axe import faults_of, read_axe
from tests.web.fake_gateway import FakeGateway
from tests.web.fake_site import NONCE, WORD, FakeSite
from tests.web.steps import open_chat as opened

PATH = "/api/embed/session"


def test_nothing_is_loaded_before_somebody_wants_to_talk(page: Page, gateway: FakeGateway) -> None:
    """No frame, no call and no cookie for who only looks at the site."""
    page.wait_for_load_state("networkidle")
    assert len(page.frames) == 1
    assert gateway.calls == []
    assert page.context.cookies() == []


def test_the_button_the_escape_key_and_the_focus(page: Page, gateway: FakeGateway) -> None:
    """WCAG 2.1.1, 2.4.3: opened, closed and opened again with the keyboard alone."""
    frame = opened(page)
    element = frame.frame_element()
    assert element.get_attribute("title") == "Chat with us"
    frame.get_by_label("Your message").fill("half a quest")
    page.keyboard.press("Escape")
    expect(page.locator("iframe")).to_have_count(0)  # It is in a tree that scripts do not see.
    assert not element.is_visible()
    page.keyboard.press("Enter")
    expect(frame.get_by_label("Your message")).to_be_focused()
    expect(frame.get_by_label("Your message")).to_have_value("half a quest")
    assert gateway.count("POST", PATH) == 1


def test_the_frame_is_locked_in(page: Page) -> None:
    """ASVS 3.4.6, 3.5.4: what our frame may do on another's page, and that they cannot see."""
    element = opened(page).frame_element()
    assert set((element.get_attribute("sandbox") or "").split()) == {
        "allow-scripts",
        "allow-same-origin",
        "allow-forms",
        "allow-popups",
        "allow-popups-to-escape-sandbox",
    }
    assert element.get_attribute("style") is None
    assert page.evaluate("[document.querySelector('iframe'), frames.length]") == [None, 0]
    assert page.evaluate("Object.keys(window).filter((name) => /gatehouse|chat/i.test(name))") == []


def test_the_site_says_who_is_there(page: Page, site: FakeSite, gateway: FakeGateway) -> None:
    """Contract: a host site's word, which repeats the nonce of this frame."""
    frame = opened(page)
    expect(frame.get_by_text("Alice Moreau · signed in at this site")).to_be_visible()
    assert (site.nonces, site.words) == ([NONCE], [WORD])
    assert WORD not in frame.content()


def test_what_is_said_before_the_site_has_spoken_is_said_once_and_as_that_person(
    page: Page, gateway: FakeGateway
) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/chat-token", hold)
    with page.expect_request("**/chat-token"):
        frame = opened(page)
    frame.get_by_label("Your message").fill("hello")
    page.keyboard.press("Enter")
    conversation = frame.get_by_role("log")
    expect(conversation.locator(".person")).to_have_count(1)
    page.wait_for_timeout(300)
    assert gateway.bodies("/api/embed/messages") == []
    held.pop().continue_()
    expect(conversation).to_contain_text("You said: hello")
    expect(conversation.locator(".person")).to_have_count(1)
    expect(conversation.locator(".bot:not(.typing)")).to_have_count(1)
    expect(frame.get_by_text("Alice Moreau")).to_be_visible()


@pytest.mark.parametrize("word", ["a.false.word", 7, "w" * 8_193, None])
def test_a_false_word_leaves_a_stranger_who_may_still_talk(
    page: Page, site: FakeSite, gateway: FakeGateway, word: Any
) -> None:
    site.word = word
    frame = opened(page)
    frame.get_by_label("Your message").fill("hello")
    page.keyboard.press("Enter")
    expect(frame.get_by_role("log")).to_contain_text("You said: hello")
    assert "Alice" not in frame.locator("body").inner_text()
    assert site.words == (["a.false.word"] if word == "a.false.word" else [])


def test_who_has_signed_out_at_the_site_is_a_stranger(
    page: Page, site: FakeSite, gateway: FakeGateway
) -> None:
    """ASVS 7.4.1: the session that the site vouched for is ended, not only hidden."""
    expect(opened(page).get_by_text("Alice Moreau")).to_be_visible()
    site.signed_in = False
    page.reload()
    frame = opened(page)
    expect(frame.get_by_role("heading", name="How can we help?")).to_be_visible()
    assert "Alice" not in frame.locator("body").inner_text()
    assert gateway.count("DELETE", PATH) == 1


@pytest.mark.parametrize(
    "message",
    [{"refused": "authentication_required", "sign_in": True}, {"refused": "full_page_required"}],
)
def test_what_needs_a_proof_goes_on_in_a_window_of_its_own(
    page: Page, gateway: FakeGateway, message: dict[str, Any]
) -> None:
    """ASVS 6.3.4: no field for a password or a code is ever shown in a frame."""
    frame = opened(page)
    gateway.answer_next({"text": "Not here.", **message})
    frame.get_by_label("Your message").fill("my balance")
    page.keyboard.press("Enter")
    expect(frame.get_by_role("log")).to_contain_text("Sign in there and ask again")
    onward = frame.get_by_role("log").get_by_role("link", name="Open the chat")
    with page.context.expect_page() as window:
        onward.click()
    expect(window.value.get_by_role("heading", name="How can we help?")).to_be_visible()
    assert window.value.url.endswith("/?tenant=northwind-bank")
    assert window.value.evaluate("window.opener") is None
    assert frame.locator("input").count() == 0


def test_a_browser_that_keeps_no_cookie_in_frames_hears_so(
    page: Page, site: FakeSite, gateway: FakeGateway
) -> None:
    site.keeps_cookies = False
    with page.expect_event("frameattached") as attached:
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
    frame: Frame = attached.value
    expect(frame.get_by_role("heading", name="Your browser keeps nothing")).to_be_visible()
    with page.context.expect_page() as window:
        frame.get_by_role("button", name="Open the chat").click()
    expect(window.value.get_by_role("heading", name="How can we help?")).to_be_visible()


def test_the_site_cannot_speak_as_the_frame(page: Page, address: str) -> None:
    """ASVS 3.5.5: messages to the script count from our origin, and from our frame, alone."""
    frame = opened(page)
    page.evaluate("postMessage({ type: 'gatehouse.close' }, '*')")
    # A second frame of the same origin: another window, so it is not heard either.
    page.evaluate(
        """(url) => new Promise((resolve) => {
          const frame = document.createElement("iframe");
          frame.onload = resolve;
          frame.src = url;
          document.body.append(frame);
        })""",
        f"{address}/embed/northwind-bank",
    )
    page.frames[-1].evaluate("parent.postMessage({ type: 'gatehouse.close' }, '*')")
    page.frames[-1].evaluate("new Promise((done) => setTimeout(done))")
    assert frame.frame_element().is_visible()


@pytest.mark.parametrize(
    ("height", "given"),
    [(99_999, 640), (-5, 240), (400, 400), ("100%", None), (1e999, None), (400.5, None)],
)
def test_the_frame_gets_no_more_room_than_there_is(page: Page, height: Any, given: Any) -> None:
    """The script bounds what it is asked for, and takes whole numbers alone."""
    frame = opened(page)
    page.wait_for_load_state("networkidle")
    before = frame.frame_element().bounding_box()
    frame.evaluate(
        "(height) => parent.postMessage({ type: 'gatehouse.size', height }, '*')", height
    )
    frame.evaluate("new Promise((done) => setTimeout(done, 50))")
    after = frame.frame_element().bounding_box()
    assert before is not None
    assert after is not None
    assert after["height"] == (before["height"] if given is None else given)


KNOWN = [
    {"type": "gatehouse.open"},
    {"type": "gatehouse.hello", "vouches": True},
    {"type": "gatehouse.token", "token": None},
    {"type": "gatehouse.token", "token": "a.b.c"},
]
UNKNOWN = [
    *(None, 7, "gatehouse.open", [], {}),
    {"type": "gatehouse.close"},
    {"type": "gatehouse.hello"},
    {"type": "gatehouse.hello", "vouches": "yes"},
    {"type": "gatehouse.token"},
    {"type": "gatehouse.token", "token": {"toString": "x"}},
    {"type": "gatehouse.token", "token": "w" * 8_193},
    {"type": ["gatehouse.open"]},
]


def test_the_frame_knows_three_messages_and_no_other(page: Page) -> None:
    """ASVS 3.5.5: a closed list, each of its own form."""
    frame = opened(page)
    read = "async (data) => (await import('/assets/embed/host.js')).readMessage(data)"
    assert [frame.evaluate(read, one) for one in KNOWN] == KNOWN
    assert [frame.evaluate(read, one) for one in UNKNOWN] == [None] * len(UNKNOWN)
    assert frame.evaluate(read, {**KNOWN[0], "more": 1}) == KNOWN[0]


def test_a_word_that_was_not_asked_for_is_not_brought(
    page: Page, site: FakeSite, gateway: FakeGateway, address: str
) -> None:
    """ASVS 3.5.5: also from a page that may hold the frame, and does without the script."""
    page.evaluate(
        """(url) => new Promise((resolve) => {
          const frame = document.createElement("iframe");
          frame.onload = () => {
            const say = (message) => frame.contentWindow.postMessage(message, new URL(url).origin);
            say({ type: "gatehouse.token", token: "x.y.z" });
            say({ type: "gatehouse.hello", vouches: false });
            resolve();
          };
          frame.src = url;
          document.body.append(frame);
        })""",
        f"{address}/embed/northwind-bank",
    )
    frame = page.frames[-1]
    expect(frame.get_by_role("heading", name="How can we help?")).to_be_visible()
    assert site.words == []
    assert gateway.count("POST", f"{PATH}/nonce") == 0


def test_axe_finds_nothing_in_the_frame(page: Page, gateway: FakeGateway) -> None:
    """WCAG 2.2 A and AA: with a conversation in it, and at the site with the chat open."""
    axe = read_axe()
    frame = opened(page)
    gateway.answer_next({"text": "Not here.", "refused": "full_page_required"})
    frame.get_by_label("Your message").fill("my balance")
    page.keyboard.press("Enter")
    expect(frame.get_by_role("log").get_by_role("link", name="Open the chat").first).to_be_visible()
    assert faults_of(page, axe, frame) == []
    assert faults_of(page, axe) == []
