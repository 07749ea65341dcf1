"""A profile on its way to its process."""

from __future__ import annotations

from pathlib import Path

from sandbox.profile import Limits, Profile
from sandbox.told import read, written


def test_it_arrives_as_it_left() -> None:
    profile = Profile(
        "security",
        code=(Path("/usr/lib/python"), Path("/a folder/with spaces")),
        reads=(Path("/etc/hosts"),),
        writes=(Path("/state/db"),),
        serves=(Path("/run/a"),),
        calls=(Path("/run/b"),),
        bind_tcp=(8443,),
        connect_tcp=(53, 443),
        network=True,
        limits=Limits(memory=1, file_size=2, threads=3, files=4),
        uid=61_003,
    )
    assert read(written(profile)) == profile
    assert read(written(Profile("least", code=()))) == Profile("least", code=())
