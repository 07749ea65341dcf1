"""The profile of each process: the table of the design, as paths and ports of this machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from cli.apis import api_names
from cli.arrows import FOLDER as FOLDER_OF_ARROWS
from cli.arrows import PROCESSES, Crossing, by_process, crossings, here, is_name
from cli.code_paths import python_paths as _python
from cli.code_paths import rooms as _rooms
from cli.databases import names_of, ports_of, sockets_of, url_setting
from cli.given_files import folder_of
from cli.observed import with_telemetry
from cli.process_settings import only, read_by
from cli.process_users import FIRST_UID
from cli.programs import relay_of
from cli.settings import ROOT, Settings, settings_of_processes
from runtime.signed_model import TRUSTED, signature_of
from runtime.sockets import (
    ACTIONS,
    RASA,
    SECURITY_ACTIONS,
    SECURITY_ADMIN,
    SECURITY_GATEWAY,
    SECURITY_OAUTH,
    api_socket,
)
from sandbox.profile import Limits, Profile

GIGABYTE = 1 << 30
TRAINING_TMP = Path("tmp") / "train"
"""Below the home: what training leaves for a moment."""

_PROJECT = ("config.yml", "credentials.yml", "domain.yml", "endpoints.yml", "data")
_PORTS = {"https": 443, "http": 80}
_NAMES_BY_TCP, _MAIL = 53, (25, 465, 587)


def profiles(
    settings: Settings, sockets: Path, apis: tuple[str, ...], first_uid: int = FIRST_UID
) -> dict[str, Profile]:
    """Return the profile of every process of this host, by the process's name.

    Where root starts them, their users are `first_uid` and some of those after it.
    """
    given = settings_of_processes()
    running = here(settings)
    every: list[Profile] = []
    if "gateway" in running:
        every.append(_gateway(settings, sockets))
    if "rasa" in running:
        every.append(_rasa(settings, sockets, given))
    if "actions" in running:
        every.append(_actions(sockets))
    if "security" in running:
        every.append(_security(settings, sockets, apis, given))
        every += [_api(settings, sockets, name, given) for name in apis]
    if settings.observed:
        code = (*_python(), *_rooms("cli", "runtime", "sandbox", "security", "telemetry"))
        every = with_telemetry(every, settings, sockets, code)
    for process, several in by_process(crossings(settings)).items():
        every.append(_relay(settings, sockets, process, several))
    others = first_uid - FIRST_UID
    return {one.name: replace(one, uid=(one.uid or FIRST_UID) + others) for one in every}


def _relay(
    settings: Settings, sockets: Path, process: str, several: tuple[Crossing, ...]
) -> Profile:
    """Return that of what carries a process's arrows: it alone gets the network for them."""
    called = [each for each in several if each.side == "caller"]
    served = [each for each in several if each.side == "callee"]
    return Profile(
        relay_of(process),
        code=(*_python(), *_rooms("cli", "relay", "runtime", "sandbox")),
        reads=(settings.home_folder / FOLDER_OF_ARROWS / process,),
        serves=tuple(_arrow(sockets, each.arrow.socket) for each in called),
        calls=tuple(_arrow(sockets, each.arrow.socket) for each in served),
        bind_tcp=tuple(each.port for each in served),
        connect_tcp=(
            *(each.port for each in called),
            *((_NAMES_BY_TCP,) if any(is_name(each.host) for each in called) else ()),
        ),
        network=True,
        limits=Limits(memory=2 * GIGABYTE, file_size=GIGABYTE // 4, threads=64),
        uid=FIRST_UID + 40 + PROCESSES.index(process),
    )


def training_profile(settings: Settings, folder: Path) -> Profile:
    """Return that of what trains a model: the project's files, a cache, and where the model goes.

    It is whoever starts Gatehouse, without that one's rights: no key, no network, no database.
    """
    home = settings.home_folder
    return Profile(
        "train",
        code=(*_python(settings.rasa_executable), *_rooms("cli", "dialogue", "runtime", "sandbox")),
        reads=(*(ROOT / name for name in _PROJECT), Path("/sys/devices/system/cpu")),
        writes=(folder, home / "cache", home / TRAINING_TMP),
        limits=Limits(memory=16 * GIGABYTE, file_size=4 * GIGABYTE, threads=512),
    )


def snapshot_profile(folder: Path, place: Path) -> Profile:
    """Return that of what copies one database: its folder, a place for the copy, nothing else.

    It is whoever owns the database, where root asks for the copy.
    """
    owner = folder.stat().st_uid
    return Profile(
        "snapshot",
        code=(*_python(), *_rooms("cli", "sandbox")),
        writes=(folder, place),  # A reader of SQLite's log writes to the index beside it.
        # Threads are counted by user: those of the process whose database it is count as well.
        limits=Limits(memory=2 * GIGABYTE, file_size=1 << 40, threads=512),
        uid=owner or None,
    )


def renewal_profile(
    settings: Settings, name: str, given: Mapping[str, str] | None = None
) -> Profile:
    """Return that of what gives an API new keys: its data, its ring and its key file alone.

    Where its data is on a server, also the way there, and the files that are shown there.

    It is whoever owns the data, where root asks for it.
    """
    home = settings.home_folder
    folder = home / "db" / name
    owner = folder.stat().st_uid if folder.exists() else 0
    told = given or {}
    return Profile(
        "renewal",
        code=(*_python(), *_rooms("apis", "cli", "runtime", "sandbox", "security")),
        reads=(folder_of(settings, name),),
        writes=(folder, home / "api-keys" / f"{name}.key"),
        calls=sockets_of(name, told),
        connect_tcp=ports_of(name, told),
        network=bool(ports_of(name, told)),
        # Threads are counted by user: those of the API itself count as well.
        limits=Limits(memory=2 * GIGABYTE, file_size=16 * GIGABYTE, threads=128),
        uid=owner or None,
    )


def server_snapshot_profile(
    settings: Settings, place: Path, given: Mapping[str, str], process: str = "security"
) -> Profile:
    """Return that of what copies a database on a server: a place for the copy, and the way there.

    It is the user of the process whose database it is, where root asks for the copy.
    """
    home = settings.home_folder
    own = home / ("keys" if process == "security" else f"db/{process}")
    owner = own.stat().st_uid if own.exists() else 0
    return Profile(
        "server-snapshot",
        code=(*_python(), *_rooms("apis", "cli", "runtime", "sandbox", "security")),
        writes=(place,),
        calls=sockets_of(process, given),
        connect_tcp=ports_of(process, given),
        network=bool(ports_of(process, given)),
        limits=Limits(memory=2 * GIGABYTE, file_size=1 << 40, threads=512),
        uid=owner or None,
    )


def _gateway(settings: Settings, sockets: Path) -> Profile:
    home = settings.home_folder
    return Profile(
        "gateway",
        code=(*_python(), *_rooms("cli", "gateway", "runtime", "sandbox", "security")),
        reads=(ROOT / "web", ROOT / "demo", home / "tls"),
        calls=(_arrow(sockets, SECURITY_GATEWAY), _arrow(sockets, RASA)),
        bind_tcp=(settings.port,),
        network=True,
        # Strangers may open connections and say nothing: as many files as the system allows.
        limits=Limits(memory=4 * GIGABYTE, file_size=GIGABYTE, threads=64, files=1 << 20),
        uid=FIRST_UID,
    )


def _rasa(settings: Settings, sockets: Path, given: Mapping[str, str]) -> Profile:
    home = settings.home_folder
    models = Path(given.get("GATEHOUSE_MODEL") or home / "models")
    signed = () if models.is_dir() else (signature_of(models),)
    trust = Path(given.get("GATEHOUSE_MODEL_TRUST") or home / TRUSTED)
    return Profile(
        "rasa",
        code=(*_python(settings.rasa_executable), *_rooms("cli", "dialogue", "runtime", "sandbox")),
        reads=(
            *(ROOT / name for name in (*_PROJECT, "security/retention.yml")),
            *(models, *signed, trust),
            Path("/sys/devices/system/cpu"),
            folder_of(settings, "rasa"),
        ),
        # Not the training's cache: training has it, in walls of its own.
        writes=(home / "db" / "rasa", home / "tmp" / "rasa"),
        serves=(_arrow(sockets, RASA),),
        calls=(_arrow(sockets, ACTIONS), *sockets_of("rasa", given)),
        connect_tcp=ports_of("rasa", given),
        network=bool(ports_of("rasa", given)),
        limits=Limits(8 * GIGABYTE, 4 * GIGABYTE, 128, disk=8 * GIGABYTE),
        uid=FIRST_UID + 1,
    )


def _actions(sockets: Path) -> Profile:
    return Profile(
        "actions",
        code=(*_python(), *_rooms("actions", "cli", "runtime", "sandbox", "security")),
        reads=(ROOT / "demo",),
        serves=(_arrow(sockets, ACTIONS),),
        calls=(_arrow(sockets, SECURITY_ACTIONS),),
        limits=Limits(memory=2 * GIGABYTE, file_size=GIGABYTE // 4, threads=64),
        uid=FIRST_UID + 2,
    )


def _security(
    settings: Settings, sockets: Path, apis: tuple[str, ...], given: Mapping[str, str]
) -> Profile:
    home = settings.home_folder
    own = (SECURITY_GATEWAY, SECURITY_ACTIONS, SECURITY_ADMIN, SECURITY_OAUTH)
    oauth = given.get("GATEHOUSE_OAUTH_PORT", "")
    return Profile(
        "security",
        code=(*_python(), *_rooms("apis", "cli", "runtime", "sandbox", "security")),
        reads=(ROOT / "demo", home / "providers", folder_of(settings)),
        writes=(home / "db" / "security", home / "keys", home / "audit"),
        serves=tuple(_arrow(sockets, name) for name in own),
        calls=(
            *(_arrow(sockets, api_socket(name)) for name in apis),
            *sockets_of("security", given),
        ),
        bind_tcp=(int(oauth),) if oauth.isdigit() else (),
        # The demo's identity provider answers at the public port.
        connect_tcp=(*_ports(given), *((settings.port,) if settings.mode == "demo" else ())),
        network=True,
        limits=Limits(4 * GIGABYTE, 64 * GIGABYTE, 128, disk=128 * GIGABYTE),
        uid=FIRST_UID + 3,
    )


def _api(settings: Settings, sockets: Path, name: str, given: Mapping[str, str]) -> Profile:
    home = settings.home_folder
    return Profile(
        name,
        code=(*_python(), *_rooms("apis", "cli", "runtime", "sandbox", "security")),
        reads=(
            *(home / "keys" / "public", home / "api-keys" / f"{name}.key"),
            folder_of(settings, name),
        ),
        writes=(home / "db" / name,),
        serves=(_arrow(sockets, api_socket(name)),),
        calls=sockets_of(name, given),
        connect_tcp=ports_of(name, given),
        network=bool(ports_of(name, given)),
        limits=Limits(2 * GIGABYTE, 16 * GIGABYTE, 64, disk=32 * GIGABYTE),
        uid=FIRST_UID + 10 + api_names().index(name),
    )


def _arrow(sockets: Path, name: str) -> Path:
    return (sockets / name).parent


def _ports(given: Mapping[str, str]) -> tuple[int, ...]:
    """Return the TCP ports of what security may have to reach: names, the web, mail, databases."""
    ports = {_NAMES_BY_TCP, _PORTS["https"], *_MAIL, *ports_of("security", given)}
    databases = {url_setting(name) for name in names_of("security")}
    for name, value in only(read_by("security"), given).items():
        if name not in databases and (name.endswith("_URL") or name.endswith("_PORT")):
            ports |= _port_in(value)
    return tuple(sorted(ports))


def _port_in(value: str) -> set[int]:
    if value.isdigit():
        return {int(value)}
    try:
        parts = urlsplit(value)
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return set()
    return {port} if port else set()
