"""What the page itself takes: from sending to the answer on the screen, less the call."""

from __future__ import annotations

from playwright.async_api import async_playwright

from bench.figures import percentile
from bench.ours import Gatehouse
from bench.questions import Question
from bench.rows import Row
from tests.support.browser import find_chromium

_WARM_UP = 5
_FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run")
# From the press of the button to the first moment after the frame that shows the answer. The
# call's own time is that of the browser: from its request to the last byte of the answer.
_SAY = """(words) => new Promise((resolve) => {
  const list = document.getElementById("messages");
  const bots = () => list.querySelectorAll(":scope > .bot").length;
  const field = document.getElementById("words");
  const before = bots();
  const calls = () => performance.getEntriesByType("resource")
    .filter(({ name }) => new URL(name).pathname === "/api/messages");
  performance.clearResourceTimings();
  field.value = words;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  const began = performance.now();
  const watch = new MutationObserver(() => {
    if (bots() === before) return;
    watch.disconnect();
    requestAnimationFrame(() => setTimeout(() => {
      const shown = performance.now();
      const look = () => {
        const call = calls().at(-1);
        if (!call) return setTimeout(look, 5);
        resolve(shown - began - (call.responseEnd - call.startTime));
      };
      look();
    }));
  });
  watch.observe(list, { childList: true });
  document.getElementById("send").click();
})"""


async def measure(side: Gatehouse, question: Question, count: int) -> list[Row]:
    """Return the row of `count` messages in a real browser; it is empty where there is none."""
    chromium = find_chromium()
    if chromium is None:
        return [Row("rendered_p95", "ms", None, None)]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=list(_FLAGS))
        try:
            context = await browser.new_context(ignore_https_errors=True, locale="en-GB")
            page = await context.new_page()
            async with page.expect_response("**/api/events"):
                await page.goto(f"{side.url}/?tenant=northwind-bank")
            taken = [await page.evaluate(_SAY, question.words) for _ in range(_WARM_UP + count)]
        finally:
            await browser.close()
    return [Row("rendered_p95", "ms", None, percentile(taken[_WARM_UP:], 95))]
