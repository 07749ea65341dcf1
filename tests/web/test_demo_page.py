"""The demo's page and its phone, with the chat in a frame, against the fake gateway."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, FrameLocator, Page, expect

from tests.web.axe import faults_of, read_axe
from tests.web.fake_demo import ALICE_PHONE, AT
from tests.web.fake_gateway import CODE, FakeGateway, Refusal

NOTE = {"at": AT, "channel": "sms", "to": ALICE_PHONE, "text": f"{CODE} is your code.\n@l #{CODE}"}


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A tab whose clock runs as clocks do: the chat in the frame is waited for."""
    return context.new_page()


@pytest.fixture
def demo(page: Page, gateway: FakeGateway) -> Page:
    """The demo, opened, with its chat in the frame."""
    page.goto("/demo")
    chat(page).get_by_role("heading", name="How can we help?").wait_for()
    return page


def chat(page: Page) -> FrameLocator:
    return page.frame_locator(".chat-frame")


def thread(page: Page):  # type: ignore[no-untyped-def]
    return page.get_by_role("list", name="Texts with Northwind Bank")


# The phone


def open_phone(page: Page, owner: str = "Alice Moreau") -> None:
    page.goto("/demo/phone")
    page.get_by_label("Whose phone is it?").select_option(owner)


def test_everything_that_was_sent_is_there(page: Page, gateway: FakeGateway, address: str) -> None:
    """Newest first, the code marked; a link leads on only within this very site."""
    link = f"{address}/security#recover=abc"
    words = f"Open {link} or https://elsewhere.example/x. <b>Now</b>"
    mail = {"at": AT, "channel": "email", "to": "alice@example.org", "text": words}
    gateway.account.outbox = [mail, NOTE]
    open_phone(page, "Everything that was sent")
    notes = page.get_by_role("listitem")
    expect(notes).to_have_count(2)
    expect(notes.nth(0)).to_contain_text("Email to alice@example.org")
    expect(notes.nth(0)).to_contain_text("<b>Now</b>")
    expect(notes.nth(0).get_by_role("link")).to_have_count(1)
    expect(notes.nth(0).get_by_role("link")).to_have_attribute("href", link)
    expect(notes.nth(1)).to_contain_text(f"Text message to {ALICE_PHONE}")
    expect(notes.nth(1).locator(".note-code")).to_have_text(CODE)


def test_a_phone_shows_what_is_its_own_and_says_what_arrives(
    page: Page, gateway: FakeGateway
) -> None:
    """WCAG 4.1.3: a text that arrives is read aloud; what was there before is not."""
    gateway.account.outbox = [{**NOTE, "to": "+12025550199", "text": "not hers"}]
    open_phone(page)
    expect(thread(page)).to_contain_text("No texts with Northwind Bank yet.")
    live = page.locator(".phone [aria-live=polite]")
    expect(live).to_be_empty()
    gateway.account.outbox = [NOTE, *gateway.account.outbox]
    expect(thread(page)).to_contain_text(CODE)
    expect(live).to_contain_text(f"Text message from Northwind Bank: {CODE} is your code.")
    expect(page.locator("body")).not_to_contain_text("not hers")
    mail = {"at": AT, "channel": "email", "to": "alice@example.org", "text": "Welcome"}
    gateway.account.outbox = [mail, *gateway.account.outbox]
    expect(page.get_by_role("tab", name="Mail 1")).to_be_visible()
    page.get_by_role("tab", name="Texts").press("ArrowRight")
    expect(page.get_by_role("tab", name="Mail", exact=True)).to_be_focused()
    expect(page.get_by_role("list", name="Mail")).to_contain_text("Welcome")


def test_a_phone_texts_the_bot(page: Page, gateway: FakeGateway) -> None:
    open_phone(page)
    field = page.get_by_label("Your text message")
    field.fill("which bills are due?")
    field.press("Enter")
    said = thread(page).get_by_role("listitem")
    expect(said).to_have_count(2)
    expect(said.nth(0)).to_contain_text("which bills are due?")
    expect(said.nth(1)).to_contain_text("Lindenhof Homes")
    expect(field).to_have_value("")
    sent = {"tenant": "northwind-bank", "username": "alice", "text": "which bills are due?"}
    assert gateway.bodies("/demo/texts") == [sent]


def test_a_text_that_cannot_be_sent_says_why(page: Page, gateway: FakeGateway) -> None:
    gateway.fail("/demo/texts", Refusal(404, "not_found", "There is nothing here."))
    open_phone(page)
    page.get_by_label("Your text message").fill("hello")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".state")).to_contain_text("This phone cannot send")


def test_the_phone_fits_a_real_one(page: Page, gateway: FakeGateway) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    gateway.account.outbox = [NOTE]
    open_phone(page)
    expect(thread(page)).to_contain_text(CODE)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    expect(page.get_by_role("button", name="Send")).to_be_in_viewport()


# The demo


def test_a_persona_signs_in_at_the_press_of_a_button(demo: Page, gateway: FakeGateway) -> None:
    """The real panel is filled in, in the real page: nothing is done behind its back."""
    demo.get_by_role("button", name="Sign in", exact=True).click()
    expect(chat(demo).locator("#who")).to_contain_text("Alice Moreau")
    [given] = gateway.bodies("/api/session/password")
    assert (given["tenant"], given["username"]) == ("northwind-bank", "alice")
    expect(demo.locator("#doing")).to_be_empty()


def test_only_the_password_is_filled_in_for_who_wants_to_type(
    demo: Page, gateway: FakeGateway
) -> None:
    demo.get_by_role("button", name="Fill in the password only").click()
    expect(chat(demo).get_by_label("User name")).to_have_value("alice")
    expect(chat(demo).get_by_label("Password", exact=True)).not_to_have_value("")
    assert gateway.bodies("/api/session/password") == []


def test_another_persona_begins_a_session_of_their_house(demo: Page, gateway: FakeGateway) -> None:
    demo.get_by_label("Who sits at the keyboard?").select_option("quinn")
    expect(chat(demo).locator("#organisation")).to_have_text("Harbor Clinic")
    expect(demo.get_by_label("Whose phone is it?")).to_have_value("quinn")
    assert gateway.bodies("/api/session")[-1] == {"tenant": "harbor-clinic"}


def test_the_short_switch_begins_a_short_session(demo: Page, gateway: FakeGateway) -> None:
    demo.get_by_role("switch").check()
    expect(demo.locator("#doing")).to_contain_text("75 seconds")
    assert gateway.demo.shorts == 1
    demo.get_by_role("switch").uncheck()
    expect(demo.locator("#doing")).to_contain_text("usual limits")
    assert gateway.demo.shorts == 1


def test_a_step_of_a_tour_is_done_where_everybody_sees_it(demo: Page, gateway: FakeGateway) -> None:
    step = demo.locator(".step")
    expect(step).to_contain_text("Step 1 of 7")
    step.get_by_role("button", name="what's my balance?").click()
    expect(chat(demo).get_by_role("log")).to_contain_text("what's my balance?")
    assert [body["text"] for body in gateway.bodies("/api/messages")] == ["what's my balance?"]
    expect(step.get_by_role("button", name="what's my balance?")).to_contain_text("done")
    step.get_by_role("button", name="Next").click()
    expect(demo.get_by_role("heading", name="Sign in as Alice")).to_be_focused()


def test_each_tour_has_words_for_each_step(demo: Page) -> None:
    for name in ("A bank", "A clinic", "HR and IT", "A shop"):
        demo.get_by_label("Which house do you show?").select_option(name)
        seen = 1
        following = demo.locator(".step").get_by_role("button", name="Next", exact=True)
        while following.get_attribute("aria-disabled") is None:
            following.click()
            seen += 1
        expect(demo.locator(".step-count")).to_have_text(f"Step {seen} of {seen}")
        assert 5 <= seen <= 8


def test_what_cannot_be_done_is_said(demo: Page, gateway: FakeGateway) -> None:
    demo.get_by_role("button", name="Fill in the code only").click()
    expect(demo.locator("#doing")).to_contain_text("Nothing in the chat asks for a code")


def test_a_code_on_the_phone_goes_into_the_panel(demo: Page, gateway: FakeGateway) -> None:
    """As a phone offers a code above its keyboard; the presenter sends it."""
    gateway.account.outbox = [NOTE]
    demo.get_by_role("button", name="Fill in the password only").click()
    chat(demo).get_by_role("button", name="Continue").click()
    expect(chat(demo).locator("#code")).to_be_visible()
    demo.get_by_role("button", name=f"Put the code {CODE} into the secure panel").click()
    expect(chat(demo).locator("#code")).to_have_value(CODE)


def test_an_attack_tells_what_was_tried_and_what_stopped_it(
    demo: Page, gateway: FakeGateway
) -> None:
    demo.get_by_role("tab", name="Attacks").click()
    attack = demo.get_by_role("article", name="Guess the code")
    attack.get_by_role("button", name="Try it").click()
    expect(attack.get_by_role("status")).to_have_text("Stopped")
    expect(attack).to_contain_text("POST /api/challenges/{id}/answer 000000")
    expect(attack).to_contain_text("wrong_code")
    attack.get_by_text("What the trail saw of it").click()
    expect(attack.get_by_role("list", name="Records")).to_contain_text("challenge:person:fail")
    assert gateway.bodies("/demo/attacks") == [{"attack": "guess"}]


def test_an_attack_that_works_is_not_called_stopped(demo: Page, gateway: FakeGateway) -> None:
    gateway.demo.report["stopped"] = False
    demo.get_by_role("tab", name="Attacks").click()
    attack = demo.get_by_role("article", name="Copy the cookie")
    attack.get_by_role("button", name="Try it").click()
    expect(attack.get_by_role("status")).to_contain_text("This is a fault of Gatehouse")
    expect(attack).not_to_contain_text("What stopped it")


def test_the_trail_shows_what_happened_since(demo: Page, gateway: FakeGateway) -> None:
    demo.get_by_role("tab", name="Trail").click()
    expect(demo.get_by_role("tabpanel", name="Trail")).to_contain_text("Nothing has happened")
    denied = {"sequence": 8, "at": AT, "tag": "operation:guard:deny", "decision": "deny"}
    gateway.demo.trail = [*gateway.demo.trail, denied]
    records = demo.get_by_role("list", name="Records of the trail")
    expect(records.get_by_role("listitem")).to_have_count(1)
    expect(records).to_contain_text("operation:guard:deny")


@pytest.mark.parametrize("view", ["Guide", "Chat", "Phone"])
def test_each_part_fits_a_narrow_screen(demo: Page, view: str) -> None:
    demo.set_viewport_size({"width": 320, "height": 640})
    demo.get_by_role("button", name=view, exact=True).click()
    assert demo.evaluate("document.documentElement.scrollWidth") <= 320
    part = {"Guide": "#guide", "Chat": "#chat-side", "Phone": "#phone-side"}
    for each, place in part.items():
        expect(demo.locator(place)).to_be_visible(visible=each == view)


@pytest.mark.parametrize("tab", ["Tours", "Attacks", "Trail"])
def test_axe_finds_nothing(demo: Page, gateway: FakeGateway, tab: str) -> None:
    gateway.account.outbox = [NOTE]
    source = read_axe()
    demo.get_by_role("tab", name=tab).click()
    if tab == "Attacks":
        demo.get_by_role("button", name="Try it").first.click()
        expect(demo.get_by_role("status").filter(has_text="Stopped")).to_be_visible()
    expect(thread(demo)).to_contain_text(CODE)
    # The chat is looked at by itself (test_accessibility.py): here it would be a page in a page.
    demo.locator(".chat-frame").evaluate("frame => frame.remove()")
    assert faults_of(demo, source) == []


def test_only_the_parts_scroll_and_never_the_page(demo: Page, gateway: FakeGateway) -> None:
    """Words for screen readers alone stay within the part that they belong to."""
    gateway.account.outbox = [{**NOTE, "text": f"text {number}"} for number in range(60)]
    expect(thread(demo).get_by_role("listitem")).to_have_count(60)
    heights = "[document.documentElement.scrollHeight, innerHeight]"
    tall, visible = demo.evaluate(heights)
    assert tall <= visible
