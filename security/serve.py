"""The security process: `python -m security.serve`, started by the launcher."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Protocol

import structlog
import uvloop

from runtime.callers import ASGIApp, require_caller
from runtime.descriptors import read_secrets
from runtime.listeners import Listener, TlsListener, UnixListener, serve
from runtime.logs import configure_logs
from runtime.observing import Observing, observing
from runtime.sockets import (
    SECURITY_ACTIONS,
    SECURITY_ADMIN,
    SECURITY_GATEWAY,
    SECURITY_OAUTH,
)
from security.adapters.api_client import ApiClient
from security.adapters.posts import (
    build_posts,
    build_provider,
    build_push,
    build_verifier,
    channels_of,
)
from security.api_addresses import api_addresses
from security.database_roles import check_roles
from security.guard_parts import build_issuer
from security.key_parts import build_rotations
from security.metering_parts import count_trail
from security.outlet_parts import build_forwarders
from security.personal_parts import (
    CarryingErasures,
    build_following,
    build_housekeeping,
    build_personal,
)
from security.provider_parts import build_providers
from security.reporting_parts import Reports
from security.server import (
    Faces,
    build_core,
    build_doubts,
    build_faces,
    read_access,
    recover,
)
from security.services.demo_identities import link_demo_people
from security.services.postman import Postman
from security.services.vault_rotation import VaultRotation
from security.settings import SecuritySettings, load_settings
from security.tokens.vapid import VAPID_KEY_FILE, load_push_key
from security.trail_parts import build_archiving, build_checkpoints
from security.watch_parts import build_operating, build_watch


class Worker(Protocol):
    """What works beside the listeners until it is cancelled."""

    async def run(self) -> None:
        """Work on."""


@asynccontextmanager
async def _at_work(*workers: Worker) -> AsyncIterator[None]:
    """Let the workers work while the block runs."""
    work = [asyncio.create_task(worker.run()) for worker in workers]
    try:
        yield
    finally:
        for task in work:
            task.cancel()
        await asyncio.wait(work)


async def _main(settings: SecuritySettings, secrets: dict[str, str]) -> None:
    check_roles(settings)
    posts = build_posts(settings, secrets)
    core = replace(
        build_core(settings),
        push_key=load_push_key(settings.keys_dir / VAPID_KEY_FILE),
        channels=channels_of(settings, posts),
        verifier=build_verifier(settings, secrets),
        providers=build_providers(settings, secrets),
    )
    recover(core)
    checkpoints = build_checkpoints(core)
    await checkpoints.round()
    link_demo_people(core)
    vault, operating = VaultRotation(core), build_operating(core, posts)
    keys = build_rotations(core, vault, checkpoints)
    access = read_access(core.settings.project_dir, core.operations)
    apis = {operation.api for operation in core.operations.values()}
    addresses = tuple(api_addresses(apis, settings.run_dir, settings.mode, os.environ).values())
    with ThreadPoolExecutor(2, thread_name_prefix="hashing") as hashing:
        client = ApiClient(addresses, settings.api_timeout_seconds, core.proof_key, core.clock)
        async with client as api, observing("security", secrets) as seen:
            personal = build_personal(core, api, access)
            async with _at_work(
                Postman(core, posts | build_push(core)),
                build_doubts(core, api, personal.own),
                build_housekeeping(core),
                CarryingErasures(core, addresses, build_issuer(core)),
                build_following(core),
                build_watch(core),
                operating,
                Reports(core, addresses, build_issuer(core), secrets),
                *build_forwarders(core, secrets),
                vault,
                checkpoints,
                build_archiving(core, checkpoints),
            ):
                provider = build_provider(settings, secrets)
                parts = core, api, hashing, keys, operating, access, personal
                faces = build_faces(*parts, provider)
                await count_trail(core, seen)
                await serve(listeners_of(settings, secrets, faces, seen), core.feed.close)
    await checkpoints.end()
    await core.providers.close()
    core.database.close()


def listeners_of(
    settings: SecuritySettings, secrets: Mapping[str, str], faces: Faces, seen: Observing
) -> list[Listener]:
    """Return where each face is served, behind its caller's credential and under observation."""
    gateway = require_caller(faces.gateway, secrets["gateway-to-security"])
    actions = require_caller(faces.actions, secrets["actions-to-security"])
    admin = require_caller(faces.admin, secrets["cli-to-security"])
    gateway = seen.around(gateway, faces.gateway.calls)
    actions = seen.around(actions, faces.actions.calls)
    return [
        UnixListener(gateway, settings.run_dir / SECURITY_GATEWAY),
        UnixListener(actions, settings.run_dir / SECURITY_ACTIONS),
        UnixListener(admin, settings.run_dir / SECURITY_ADMIN),
        *oauth_listeners(settings, faces.oauth),
    ]


def oauth_listeners(settings: SecuritySettings, face: ASGIApp) -> list[Listener]:
    """Clients of the authorization server prove themselves: no credential stands before it."""
    listeners: list[Listener] = [UnixListener(face, settings.run_dir / SECURITY_OAUTH)]
    if settings.oauth_port is not None:
        listeners.append(
            TlsListener(face, settings.oauth_host, settings.oauth_port, *settings.oauth_tls)
        )
    return listeners


def main() -> int:
    """Run until told to stop; 2 where something that security needs does not hold."""
    try:
        configure_logs("security")
        uvloop.run(_main(load_settings(), read_secrets()))
    except (OSError, ValueError) as error:
        structlog.get_logger(__name__).error("cannot_start", said=str(error))
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
