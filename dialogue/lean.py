"""Keep TensorFlow out of a process whose model never calls it.

Rasa imports TensorFlow for components that this model does not have: some 350 MB, seconds of
each start, and code within reach of whoever takes this process over. Where every part of
`config.yml` is known to do without, a placeholder takes its place; calling it is an error, so
a model that does need it fails to load instead of answering wrongly.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml

_LEFT_OUT = "tensorflow"
_OUR_COMPONENTS = "dialogue."
_WITHOUT = {
    "WhitespaceTokenizer",
    "RegexFeaturizer",
    "LexicalSyntacticFeaturizer",
    "CountVectorsFeaturizer",
    "LogisticRegressionClassifier",
    "FallbackClassifier",
    "RegexEntityExtractor",
    "EntitySynonymMapper",
    "RulePolicy",
    "MemoizationPolicy",
}


class LeftOut(RuntimeError):
    """Something used the library that this process was started without."""


def leave_out_tensorflow(config: Path) -> bool:
    """Leave TensorFlow out if no component of `config` uses it; tell whether it was left out.

    Call it before Rasa is imported.
    """
    parts = yaml.safe_load(config.read_text("utf-8"))
    names = [part["name"] for part in [*parts["pipeline"], *parts["policies"]]]
    if not all(name in _WITHOUT or name.startswith(_OUR_COMPONENTS) for name in names):
        return False
    sys.meta_path.insert(0, _Finder())
    return True


class _Placeholder(type):
    """A class that may be named, subclassed and asked for members, but never called."""

    def __getattr__(cls, name: str) -> Any:
        return _member(name)

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        raise LeftOut(f"{_LEFT_OUT} was left out of this process, and {cls.__name__} is called")


class _Module(ModuleType):
    def __getattr__(self, name: str) -> Any:
        return _member(name)


def _member(name: str) -> _Placeholder:
    if name.startswith("__"):
        raise AttributeError(name)
    return _Placeholder(name, (), {})


class _Finder(MetaPathFinder, Loader):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.split(".", maxsplit=1)[0] != _LEFT_OUT:
            return None
        return ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _Module(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing to run: the placeholder is complete."""
