"""A browser's name in words, for the person who looks at their own sign-ins.

The words are ours: nothing of the header's own text is passed on, because a stranger wrote it
and a person, or a page, would read it. It is a hint and proves nothing.
"""

from __future__ import annotations

UNKNOWN = "Unknown browser"
_LONGEST = 1_024

# The first that fits: most browsers name others beside themselves.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Windows NT", "Windows"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
)


def browser_label(user_agent: str) -> str:
    """Return a name such as "Firefox on Linux", at most 80 characters, or `UNKNOWN`."""
    seen = user_agent[:_LONGEST]
    browser = next((name for mark, name in _BROWSERS if mark in seen), None)
    if browser is None:
        return UNKNOWN
    system = next((name for mark, name in _SYSTEMS if mark in seen), None)
    return f"{browser} on {system}" if system else browser
