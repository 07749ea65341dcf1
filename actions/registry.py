"""Which actions there are: every protected action of the skills' modules, by its name."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Any

from rasa_sdk.executor import ActionExecutor

import actions
from actions.answers import AnswerAction, CancelAction
from actions.base import ProtectedAction, Security
from actions.resume import ResumeAction


def skills() -> tuple[ModuleType, ...]:
    """Return every module of this folder that has a protected action of its own, by name."""
    names = sorted(module.name for module in pkgutil.iter_modules(actions.__path__))
    modules = (importlib.import_module(f"actions.{name}") for name in names if name != "serve")
    return tuple(module for module in modules if _classes(module))


def protected_actions(
    security: Security, of: Iterable[ModuleType] | None = None
) -> dict[str, ProtectedAction]:
    """Return one instance of each class by name; raises `ValueError` for a name used twice."""
    found: dict[str, ProtectedAction] = {}
    for kind in (kind for skill in of or skills() for kind in _classes(skill)):
        if kind.name in found:
            raise ValueError(f"two actions are called {kind.name}")
        found[kind.name] = kind(security)
    return found


def _classes(skill: ModuleType) -> list[type[ProtectedAction]]:
    return [
        value
        for value in vars(skill).values()
        if isinstance(value, type)
        and value.__module__ == skill.__name__
        and issubclass(value, ProtectedAction)
        and not inspect.isabstract(value)
    ]


def build_executor(security: Security, protected: Mapping[str, ProtectedAction]) -> Any:
    """Return the SDK's executor with `protected`, and those that resume, answer and cancel them."""
    executor = ActionExecutor()
    for action in protected.values():
        executor.register_function(action.name, action.run)
    general = (ResumeAction(security, protected), AnswerAction(protected), CancelAction(security))
    for one in general:
        executor.register_function(one.name, one.run)
    return executor
