"""What every API's tests start from: a key that signs tokens, and a home of one's own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from joserfc.jwk import OKPKey

from security.tokens.keys import generate_signing_key


@pytest.fixture(scope="session")
def signing_key() -> OKPKey:
    return generate_signing_key()


@pytest.fixture
def home(tmp_path: Path, seeded_home: Path) -> Path:
    """A copy of what the API's own `seeded_home` has set up once."""
    return shutil.copytree(seeded_home, tmp_path / "home")
