"""Settings come from the environment, and are refused where they are not usable."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from dialogue.settings import NotConfigured, read_settings

GIVEN = {"GATEHOUSE_HOME": "/srv/g", "GATEHOUSE_RUN_DIR": "/run/g"}


def test_the_folders() -> None:
    settings = read_settings(GIVEN)
    assert settings.home == Path("/srv/g")
    assert settings.socket == Path("/run/g/rasa/sock")
    assert settings.model == Path("/srv/g/models")
    assert settings.log_level == logging.INFO


def test_a_model_may_be_named() -> None:
    assert read_settings({**GIVEN, "GATEHOUSE_MODEL": "/m.tar.gz"}).model == Path("/m.tar.gz")


@pytest.mark.parametrize("name", sorted(GIVEN))
@pytest.mark.parametrize("value", ["", "relative/folder"])
def test_a_folder_that_is_not_absolute_is_refused(name: str, value: str) -> None:
    with pytest.raises(NotConfigured, match=name):
        read_settings({**GIVEN, name: value})


def test_an_unknown_log_level_is_refused() -> None:
    with pytest.raises(NotConfigured, match="LOG_LEVEL"):
        read_settings({**GIVEN, "GATEHOUSE_LOG_LEVEL": "chatty"})
