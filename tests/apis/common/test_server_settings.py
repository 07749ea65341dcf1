"""What says that an API keeps its data on a server, and where."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

import pytest

from tests.support.postgres import OWNER


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"OWNER": ""}, "owns the tables"),
        ({"OWNER": "gatehouse"}, "owns the tables"),
        ({"URL": "postgresql://gatehouse:secret@/banking?host=/run"}, "holds a password"),
        ({"URL": "mysql://gatehouse@/banking"}, "is what it looks like"),
    ],
)
def test_settings_that_are_not_right_are_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changed: dict[str, str], said: str
) -> None:
    """No value of a setting is told: a password may stand in it."""
    given = {"URL": "postgresql://gatehouse@/banking?host=/run", "OWNER": OWNER, **changed}
    for name, value in given.items():
        monkeypatch.setenv(f"GATEHOUSE_BANKING_DATABASE_{name}", value)
    preparation = import_module("apis.banking.setup").PREPARATION
    with pytest.raises(ValueError, match=said) as refused:
        preparation.prepare(tmp_path, None, json.dumps({}), datetime.now(UTC))
    assert "secret" not in str(refused.value)
