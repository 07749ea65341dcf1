"""The sites that may hold the chat in a frame: those registered here, and the demo's own."""

from __future__ import annotations

from security.settings import SecuritySettings
from security.tokens.hosts import Hosts, load_hosts


def read_hosts(settings: SecuritySettings) -> Hosts:
    """Read the sites that may hold the chat in a frame; the demo has one of its own.

    Raises `ValueError`, also where production was given a key of the demo: its private half is
    public.
    """
    registered = load_hosts(settings.keys_dir / "hosts")
    demo = load_hosts(settings.project_dir / "demo" / "hosts", {"port": str(settings.port)})
    if settings.mode == "demo":
        return Hosts([*registered.all, *demo.all])
    if registered.thumbprints() & demo.thumbprints():
        raise ValueError("keys/hosts holds a key of the demo, whose private half is public")
    return registered
