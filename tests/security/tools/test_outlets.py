"""How outlets stand, as a person at the machine sees it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from security.adapters.outlet_store import SqlOutletStore
from security.audit.verifier import FIRST_LANE
from security.tools.outlets import main
from tests.security.visitor import Visitor

pytestmark = pytest.mark.sqlite_alone  # It looks at a home whose trail is a file.


async def test_each_outlet_is_a_line(visitor: Visitor, capsys: pytest.CaptureFixture[str]) -> None:
    world = visitor.world
    store = SqlOutletStore(world.core.database, world.clock)
    await store.arrived("files", {FIRST_LANE: 1})
    assert main(["--home", str(world.home)]) == 0
    line = json.loads(capsys.readouterr().out)
    assert line == {"outlet": "files", "behind": 0, "delivered_at": "2026-11-23T12:00:00+00:00"}
    await store.failed("syslog", "no_connection")
    assert main(["--home", str(world.home)]) == 1
    _, line = map(json.loads, capsys.readouterr().out.splitlines())
    assert (line["outlet"], line["behind"], line["why"]) == ("syslog", 1, "no_connection")


def test_without_a_trail_it_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--home", str(tmp_path)]) == 2
    assert "there is no trail" in capsys.readouterr().err
