"""Which actions there are: every protected action of the skills' modules, by its name."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Any

from rasa_sdk.executor import ActionExecutor

from actions import banking, payments
from actions.answers import AnswerAction, CancelAction
from actions.base import ProtectedAction, Security
from actions.resume import ResumeAction

SKILLS: tuple[ModuleType, ...] = (banking, payments)


def protected_actions(
    security: Security, skills: Iterable[ModuleType] = SKILLS
) -> dict[str, ProtectedAction]:
    """Return one instance of each class by name; raises `ValueError` for a name used twice."""
    found: dict[str, ProtectedAction] = {}
    for kind in (kind for skill in skills for kind in _classes(skill)):
        if kind.name in found:
            raise ValueError(f"two actions are called {kind.name}")
        found[kind.name] = kind(security)
    return found


def _classes(skill: ModuleType) -> list[type[ProtectedAction]]:
    return [
        value
        for value in vars(skill).values()
        if isinstance(value, type)
        and issubclass(value, ProtectedAction)
        and not inspect.isabstract(value)
    ]


def build_executor(security: Security, actions: Mapping[str, ProtectedAction]) -> Any:
    """Return the SDK's executor with `actions`, and those that resume, answer and cancel them."""
    executor = ActionExecutor()
    for action in actions.values():
        executor.register_function(action.name, action.run)
    for general in (ResumeAction(security, actions), AnswerAction(actions), CancelAction(security)):
        executor.register_function(general.name, general.run)
    return executor
