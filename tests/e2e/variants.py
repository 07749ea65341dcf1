"""Responses have variants, drawn by chance: what a conversation expects has to stand in all."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from tests.e2e.expectations import Messages, Mismatch, fits

DOMAIN = Path(__file__).parents[2] / "domain.yml"
_NAME = re.compile(r"{(\w+)}")


class Variants:
    """The responses of a domain that can be said in more than one way."""

    def __init__(self, responses: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
        self._groups = {
            name: [" ".join(each["text"].split()) for each in variants]
            for name, variants in responses.items()
            if len(variants) > 1
        }
        self._patterns = {
            name: [_pattern(text) for text in texts] for name, texts in self._groups.items()
        }

    def said_otherwise(self, text: str) -> dict[str, list[str]]:
        """Return by response all the ways in which `text` could have been said.

        None where it is of no response with variants. A message may carry a lead before it.
        """
        plain, found = " ".join(text.split()), {}
        for name, patterns in self._patterns.items():
            for pattern in patterns:
                match = pattern.fullmatch(plain)
                if match is not None:
                    values = match.groupdict()
                    found[name] = [_filled(each, values) for each in self._groups[name]]
                    break
        return found

    def check(self, wanted: Any, messages: Messages) -> None:
        """Raise `Mismatch` where words that were heard stand in some variants alone."""
        for words in wanted if isinstance(wanted, list) else [wanted]:
            chances = [self._lucky(str(words), str(one.get("text", ""))) for one in messages]
            sure = [lucky for lucky in chances if lucky is not None]
            if sure and all(sure):
                raise Mismatch(f"{words!r} is not in every variant of {' or '.join(sure)}")

    def _lucky(self, words: str, text: str) -> str | None:
        """Return the response that says `words` by luck, "" if surely, None if not at all."""
        if not fits(words, text):
            return None
        for name, ways in self.said_otherwise(text).items():
            if not all(fits(words, way) for way in ways):
                return name
        return ""


def read_variants(domain: Path = DOMAIN) -> Variants:
    """Return those of a domain's file."""
    return Variants(yaml.safe_load(domain.read_text("utf-8"))["responses"])


def _pattern(text: str) -> re.Pattern[str]:
    parts, seen = [], set[str]()
    for at, part in enumerate(_NAME.split(text)):
        if at % 2 == 0:
            parts.append(re.escape(part))
        elif part in seen:
            parts.append(f"(?P={part})")
        else:
            seen.add(part)
            parts.append(f"(?P<{part}>.+?)")
    return re.compile("".join(parts), re.IGNORECASE)


def _filled(text: str, values: Mapping[str, str]) -> str:
    return _NAME.sub(lambda name: values.get(name[1], name[0]), text)
