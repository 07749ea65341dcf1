"""`python -m dialogue.serve`: load the model, then answer the gateway's turns.

Started by the launcher from the project's folder. Exit codes: 0 stopped when asked, 2 not
configured, 3 no usable model or tracker store; each with one line on standard error.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Mapping
from pathlib import Path

import structlog

from dialogue.forgetting import days_kept
from dialogue.lean import leave_out_tensorflow
from dialogue.quiet import configure_quiet_logs, keep_level
from dialogue.settings import NotConfigured, Settings, read_settings
from runtime.descriptors import MissingDescriptor, read_secrets

CONFIG = "config.yml"
ENDPOINTS = "endpoints.yml"
CREDENTIALS = "credentials.yml"
CALLER = "gateway-to-rasa"
TO_ACTIONS = "rasa-to-actions"
NOT_CONFIGURED = 2
NOT_READY = 3


def main() -> int:
    """Serve until told to stop; return the exit code."""
    launcher = os.getppid()
    try:
        configure_quiet_logs()
        settings = read_settings()
        secrets = read_secrets()
        caller, to_actions = _credential(secrets, CALLER), _credential(secrets, TO_ACTIONS)
        return _run(settings, secrets, caller, to_actions, launcher)
    except (NotConfigured, MissingDescriptor) as error:
        return _fail(str(error), NOT_CONFIGURED)


def _credential(secrets: Mapping[str, str], name: str) -> str:
    if len(secrets.get(name, "")) < 32:
        raise NotConfigured(f"the launcher passed no credential `{name}`")
    return secrets[name]


def _run(
    settings: Settings, secrets: Mapping[str, str], caller: str, to_actions: str, launcher: int
) -> int:
    days = days_kept()
    # Importing Rasa takes seconds, and must come after its telemetry and logs are switched off.
    leave_out_tensorflow(Path(CONFIG))
    from rasa.core.run import create_http_input_channels  # noqa: PLC0415
    from rasa.core.utils import AvailableEndpoints  # noqa: PLC0415

    from dialogue.action_endpoint import ActionEndpoint  # noqa: PLC0415
    from dialogue.agent import NoModel, load_agent  # noqa: PLC0415
    from dialogue.channel import GatehouseChannel  # noqa: PLC0415
    from dialogue.event_table import StoreDown  # noqa: PLC0415
    from dialogue.observed import observe  # noqa: PLC0415
    from dialogue.server import build_app, serve  # noqa: PLC0415
    from runtime.observing import observing  # noqa: PLC0415

    endpoints = AvailableEndpoints.read_endpoints(ENDPOINTS)
    if endpoints.event_broker or endpoints.nlu or endpoints.nlg or endpoints.model:
        raise NotConfigured(f"{ENDPOINTS} may name action_endpoint, tracker_store and lock_store")
    channels = create_http_input_channels(None, CREDENTIALS)
    if [type(channel) for channel in channels] != [GatehouseChannel]:
        raise NotConfigured(f"{CREDENTIALS} must name the Gatehouse channel and no other")
    actions = ActionEndpoint.from_config(endpoints.action, settings.run_dir, to_actions)
    try:
        agent = load_agent(settings.model, settings.trust, endpoints, actions)
    except NoModel as error:
        return _fail(str(error), NOT_READY)
    except StoreDown as error:
        return _fail(f"the tracker store in {settings.home} cannot be opened: {error}", NOT_READY)
    keep_level(settings.log_level)
    try:
        # What has been loaded stays: no later collection of garbage need look at it again.
        gc.collect()
        gc.freeze()
        app = build_app(channels, agent, actions, caller)
        observe(app, observing("rasa", secrets))
        serve(app, settings.socket, actions, launcher, days)
    finally:
        agent.tracker_store.close()
    return 0


def _fail(line: str, code: int) -> int:
    structlog.get_logger("dialogue.serve").error("cannot_start", said=line)
    return code


if __name__ == "__main__":
    sys.exit(main())
