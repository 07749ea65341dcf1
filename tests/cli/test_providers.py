"""Identity providers as `gatehouse doctor` sees them."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli import checks, providers
from cli.problems import Problem
from cli.settings import Settings

FILE = "tenant: globex\nname: Globex\nissuer: ftp://nowhere\nclient_id: a\nclient_auth: none\n"


def test_without_a_provider_none_is_asked(tmp_path: Path) -> None:
    names = [check.name for check in checks.services(Settings(home=tmp_path))]
    assert "identity providers" not in names


def test_a_file_that_is_not_right_is_told_in_one_line(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    (tmp_path / "providers").mkdir()
    (tmp_path / "providers" / "globex.yml").write_text(FILE)
    assert "identity providers" in [check.name for check in checks.services(settings)]
    with pytest.raises(Problem, match=r"globex\.yml is no provider") as problem:
        providers.reach(settings)
    assert "\n" not in problem.value.what
