"""Writes a skill's files from templates, and adds to those that are shared."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from string import Template

_TEMPLATES = Path(__file__).resolve().parent / "templates"
_SKILL = {
    "api_init": "apis/{name}/__init__.py",
    "api_app": "apis/{name}/app.py",
    "api_serve": "apis/{name}/serve.py",
    "api_setup": "apis/{name}/setup.py",
    "api_openapi": "apis/{name}/openapi.py",
    "api_erasure": "apis/{name}/erasure.json",
    "api_policy": "apis/{name}/policies/{name}.cedar",
    "api_schema": "apis/{name}/policies/{name}.cedarschema",
    "migrations_init": "apis/{name}/migrations/__init__.py",
    "migrations_env": "apis/{name}/migrations/env.py",
    "migrations_first": "apis/{name}/migrations/versions/0001_records.py",
    "seed": "demo/{name}.yml",
    "manifest": "security/operations/{name}.yml",
    "security_policy": "security/policies/{name}.cedar",
    "rules": "data/rules/{name}.yml",
    "nlu": "data/nlu/{name}.yml",
    "actions": "actions/{name}.py",
    "tests": "tests/actions/test_{name}.py",
}
_ADDED = {
    "api_schema": "apis/{skill}/policies/{skill}.cedarschema",
    "manifest": "security/operations/{skill}.yml",
    "policy": "security/policies/{skill}.cedar",
    "rule": "data/rules/{skill}.yml",
    "action": "actions/{skill}.py",
    "tests": "tests/actions/test_{skill}.py",
}
_IMPORTS = re.compile(r"(?:^from (?:apis|tests)\..*\n)+", re.MULTILINE)
"""Imports of ours that stand together: where a skill's name belongs among them depends on it."""

_EMPTY = ("operations: {}", "rules: []", "nlu: []")
"""What an empty file of a skill holds until something is added."""


def write_skill(root: Path, name: str) -> list[Path]:
    """Write every file of a new skill; return their paths, relative to `root`."""
    written = []
    for template, place in _SKILL.items():
        path = Path(place.format(name=name))
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(_filled("new", template, {"name": name}), "utf-8")
        written.append(path)
    versions = root / "apis" / name / "migrations" / "versions" / "__init__.py"
    versions.write_text('"""One module a version of the schema."""\n', "utf-8")
    return written


def write_request(
    root: Path, kind: str, words: Mapping[str, str], sentences: Iterable[str]
) -> list[Path]:
    """Write the pieces of one request; return the paths that changed, relative to `root`."""
    skill, operation = words["skill"], words["operation"]
    own = Path(f"apis/{skill}/{operation}.py")
    (root / own).write_text(_filled(kind, "api", words), "utf-8")
    changed = [own]
    for template, place in _ADDED.items():
        path = Path(place.format(skill=skill))
        _append(root / path, _filled(kind, template, words))
        changed.append(path)
    actions = Path(f"actions/{skill}.py")
    _import(root / actions, _filled(kind, "imports", words).splitlines())
    nlu = Path(f"data/nlu/{skill}.yml")
    _append(root / nlu, _examples(operation, sentences))
    domain = Path("domain.yml")
    _extend_domain(root / domain, kind, words)
    return [*changed, nlu, domain]


def _filled(kind: str, template: str, words: Mapping[str, str]) -> str:
    text = Template((_TEMPLATES / kind / f"{template}.txt").read_text("utf-8")).substitute(words)
    return _IMPORTS.sub(lambda block: "".join(sorted(block.group().splitlines(True))), text)


def _append(path: Path, text: str) -> None:
    before = path.read_text("utf-8")
    for empty in _EMPTY:
        before = before.replace(empty, empty.partition(":")[0] + ":")
    path.write_text(before + text, "utf-8")


def _examples(intent: str, sentences: Iterable[str]) -> str:
    lines = [f"  - intent: {intent}", "    examples: |"]
    return "\n".join([*lines, *(f"      - {' '.join(one.split())}" for one in sentences)]) + "\n"


def _import(path: Path, lines: Iterable[str]) -> None:
    """Add imports that are missing, in the order that the linter wants."""
    head, _, rest = path.read_text("utf-8").partition("from __future__ import annotations\n")
    there = [line for line in rest.splitlines() if line.startswith("from ")]
    body = rest[rest.index("\n\n\nclass ") :] if "\n\n\nclass " in rest else rest
    wanted = sorted({*there, *lines})
    standard = [line for line in wanted if not line.startswith("from actions")]
    ours = [line for line in wanted if line.startswith("from actions")]
    block = "\n".join(["", *standard, "", *ours]) + "\n"
    classes = body.strip("\n")
    text = f"{head}from __future__ import annotations\n{block}\n\n{classes}\n"
    path.write_text(text, "utf-8")


def _extend_domain(path: Path, kind: str, words: Mapping[str, str]) -> None:
    """Name the intent, the action, the entities and the responses, each at the end of its list."""
    lines = path.read_text("utf-8").splitlines()
    _add_to(lines, "intents:", [f"  - {words['operation']}"])
    _add_to(lines, "actions:", [f"  - action_{words['operation']}"])
    if kind == "write":
        there = {line.strip() for line in lines}
        wanted = [f"- {name}" for name in (words["item"], "title")]
        _add_to(lines, "entities:", [f"  {one}" for one in wanted if one not in there])
    responses = _filled(kind, "responses", words).splitlines()
    _add_to(lines, "responses:", [f"  # ---- {words['skill']}", *responses])
    path.write_text("\n".join(lines) + "\n", "utf-8")


def _add_to(lines: list[str], heading: str, added: list[str]) -> None:
    """Insert after the last line of the block that `heading` begins."""
    at = lines.index(heading) + 1
    last = at
    while at < len(lines) and (not lines[at] or lines[at].startswith((" ", "#"))):
        if lines[at].startswith("  "):
            last = at + 1
        at += 1
    lines[last:last] = added
