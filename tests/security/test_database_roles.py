"""Security itself starts in production as no role that a rule of the database does not hold."""

from __future__ import annotations

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from security.database_roles import check_roles
from security.settings import SecuritySettings
from tests.support.postgres import OWNER, RUNNING, Server

pytestmark = pytest.mark.postgres_alone


def told(tmp_path: Path, **given: str) -> SecuritySettings:
    return SecuritySettings(home=tmp_path, run_dir=tmp_path, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize("setting", ["security_database_url", "ring_url"])
def test_attack_production_does_not_start_as_a_superuser(
    postgres: Server, tmp_path: Path, setting: str
) -> None:
    """ASVS 13.2.2: fails closed, whoever has started it."""
    url = postgres.url("postgres", "postgres")
    with pytest.raises(ValueError, match="is a superuser"):
        check_roles(told(tmp_path, mode="production", **{setting: url}))
    with capture_logs() as said:
        check_roles(told(tmp_path, **{setting: url}))
    assert said[0]["settings"] == [f"GATEHOUSE_{setting.upper()}"]


def test_the_roles_that_setting_up_names_are_good_enough(postgres: Server, tmp_path: Path) -> None:
    given = {
        "security_database_url": postgres.url("postgres", RUNNING),
        "ring_url": postgres.url("postgres", OWNER),
    }
    check_roles(told(tmp_path, mode="production", **given))


def test_a_server_that_is_away_stops_the_start_and_is_named(
    postgres: Server, tmp_path: Path
) -> None:
    with pytest.raises(
        ValueError, match=r"GATEHOUSE_RING_URL cannot be reached: OperationalError$"
    ):
        check_roles(told(tmp_path, ring_url=postgres.url("nowhere")))
