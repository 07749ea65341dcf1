"""Which actions are served, and how little one more of them takes."""

from __future__ import annotations

import ast
import inspect
from types import ModuleType
from typing import Any

import pytest

from actions.base import ProtectedAction
from actions.registry import build_executor, protected_actions, skills

from .conftest import FakeSecurity


def test_the_actions_of_the_skills_are_served_and_no_others(security: FakeSecurity) -> None:
    executor = build_executor(security, protected_actions(security))
    general = {"action_answer", "action_cancel", "action_resume"}
    of_skills = {kind.name for skill in skills() for kind in _kinds(skill)}
    assert {"action_check_balance", "action_transfer_money"} <= of_skills
    assert set(executor.actions) == general | of_skills


def _kinds(skill: ModuleType) -> list[type[ProtectedAction]]:
    return [
        value
        for value in vars(skill).values()
        if inspect.isclass(value)
        and issubclass(value, ProtectedAction)
        and value.__module__ == skill.__name__
        and not inspect.isabstract(value)
    ]


def test_a_name_used_twice_is_an_error(security: FakeSecurity) -> None:
    with pytest.raises(ValueError, match="action_check_balance"):
        protected_actions(security, [*skills(), *skills()])


def test_a_new_class_in_a_skill_is_found_by_itself(security: FakeSecurity) -> None:
    class Fresh(ProtectedAction):
        name = "action_fresh"
        operation = "banking.fresh"

        def render(self, result: Any, say: Any) -> None:
            say("utter_fresh")

    skill = ModuleType("fresh")
    Fresh.__module__ = "fresh"
    skill.__dict__.update(Fresh=Fresh, ProtectedAction=ProtectedAction)
    assert set(protected_actions(security, [skill])) == {"action_fresh"}


def test_a_protected_request_is_a_class_of_at_most_ten_lines() -> None:
    for skill in skills():
        for node in ast.parse(inspect.getsource(skill)).body:
            if isinstance(node, ast.ClassDef):
                for part in ast.walk(node):
                    if isinstance(part, ast.ClassDef | ast.FunctionDef) and ast.get_docstring(part):
                        del part.body[0]
                assert len(ast.unparse(node).replace("\n\n", "\n").splitlines()) <= 10, node.name
