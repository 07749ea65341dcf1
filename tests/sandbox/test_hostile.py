"""Somebody who has taken over a walled-in process, with a neighbour of the same user beside it."""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cli.walls import missing_walls
from sandbox import kernel
from sandbox.profile import Limits, Profile
from sandbox.told import PROFILE, written

PROJECT = Path(__file__).resolve().parents[2]
SECRET = "the neighbour's secret"
ORDINARY = 65_534
ITS_OWN = 61_100 + os.getpid() % 80
"""Not the same for two runs at once: threads are counted by user."""
pytestmark = pytest.mark.skipif(
    bool(missing_walls()), reason="this machine does not have every wall"
)

_DECOY = """
import ctypes, os, socket, sys, time
path, abstract, called = sys.argv[1], sys.argv[2], sys.argv[3]
open_ = socket.socket(socket.AF_UNIX); open_.bind(called); open_.listen(); os.chmod(called, 0o777)
unix = socket.socket(socket.AF_UNIX); unix.bind(path); unix.listen(); os.chmod(path, 0o777)
path = os.path.join(os.path.dirname(path), ".s.PGSQL.5432")
data = socket.socket(socket.AF_UNIX); data.bind(path); data.listen(); os.chmod(path, 0o777)
hidden = socket.socket(socket.AF_UNIX); hidden.bind("\\0" + abstract); hidden.listen()
tcp = socket.socket(); tcp.bind(("127.0.0.1", 0)); tcp.listen()
queue = ctypes.CDLL(None).msgget(0, 0o1600)
print(tcp.getsockname()[1], queue, flush=True)
time.sleep(600)
"""


@dataclass(frozen=True)
class Scene:
    """A neighbour, what is its own, and what whoever is walled in is told of it."""

    facts: Mapping[str, Any]
    neighbour: subprocess.Popen[str]
    python: str
    as_user: int | None
    prepare: Callable[[], None] | None = None
    """What is done in the process before it begins."""
    missing: tuple[str, ...] = ()
    works: frozenset[str] = frozenset()
    """What nothing stops where these are missing."""


def python_for(uid: int) -> str | None:
    """Return a Python that this user can start; the project's own may lie in root's folder."""
    asked = ("-c", "import sys; assert sys.version_info >= (3, 10)")
    for python in (sys.executable, "/usr/bin/python3"):
        try:
            ended = subprocess.run([python, *asked], check=False, user=uid, capture_output=True)
        except OSError:
            continue
        if ended.returncode == 0:
            return python
    return None


def _may_not_mount() -> None:
    """Be a root without CAP_SYS_ADMIN, as in a container."""
    kernel.prctl(kernel.CAPBSET_DROP, 21)


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that another user may be given: the usual ones are closed to all but their owner."""
    with tempfile.TemporaryDirectory(prefix="gh-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture(params=["root", "ordinary", "root in a container"])
def scene(request: pytest.FixtureRequest, place: Path) -> Iterator[Scene]:
    """Let a neighbour of the same user run, with a file, a log and sockets."""
    root = request.param != "ordinary"
    if root and os.geteuid() != 0:
        pytest.skip("only root can give each process a user of its own")
    uid = ORDINARY if os.geteuid() == 0 and not root else os.geteuid()
    python = sys.executable if root else python_for(uid)
    if python is None:
        pytest.skip("there is no Python that an ordinary user can start")
    for name in ("own", "state", "code", "called"):
        (place / name).mkdir()
        (place / name).chmod(0o755)  # Whatever umask another test has left behind.
    (place / "state" / "secret").write_text(SECRET)
    (place / "state" / "log").write_text("what happened")
    shutil.copytree(PROJECT / "sandbox", place / "code" / "sandbox")
    shutil.copytree(Path(__file__).with_name("hostile"), place / "code" / "hostile")
    if uid != os.geteuid():
        for path in [place, *place.rglob("*")]:
            os.chown(path, uid, uid)
    abstract, path = f"gatehouse-{os.getpid()}-{request.param}", place / "state" / "s"
    neighbour = subprocess.Popen(
        [python, "-c", _DECOY, str(path), abstract, str(place / "called" / "s")],
        stdout=subprocess.PIPE, text=True, env={"SECRET": SECRET}, user=uid, cwd="/",
    )  # fmt: skip
    assert neighbour.stdout is not None
    port, queue = map(int, neighbour.stdout.readline().split())
    facts = {
        "pid": neighbour.pid, "file": str(place / "state" / "secret"), "sockets": [str(path)],
        "database": str(path.with_name(".s.PGSQL.5432")),
        "log": str(place / "state" / "log"), "abstract": abstract, "port": port,
        "queue": queue, "called": str(place / "called" / "s"),
        "own": str(place / "own"), "code": str(place / "code"),
    }  # fmt: skip
    who = (None if root else uid,)
    if request.param == "root in a container":
        # No limit on threads holds the machine's root.
        works = frozenset({"use_up_the_threads"})
        yield Scene(facts, neighbour, python, *who, _may_not_mount, ("USER", "LIMITS"), works)
    else:
        yield Scene(facts, neighbour, python, *who)
    neighbour.kill()
    neighbour.communicate()
    ctypes.CDLL(None).msgctl(queue, 0, None)


def tried(scene: Scene, *, network: bool) -> tuple[list[str], dict[str, str]]:
    """Let everything be tried from within the walls; return what is missing, and what came."""
    code, own = Path(scene.facts["code"]), Path(scene.facts["own"])
    profile = Profile(
        "hostile",
        code=(code, *_made_of(scene.python)),
        writes=(own,),
        calls=(Path(scene.facts["called"]).parent,),
        network=network,
        limits=Limits(memory=1 << 32, file_size=1 << 20, threads=16, files=256),
        uid=ITS_OWN if scene.as_user is None else None,
    )
    if profile.uid is not None and scene.prepare is None:
        os.chown(own, profile.uid, profile.uid)
    ended = subprocess.run(
        [scene.python, "-m", "hostile", json.dumps(scene.facts)],
        env={PROFILE: written(profile), "PYTHONDONTWRITEBYTECODE": "1"},
        user=scene.as_user,
        preexec_fn=scene.prepare,
        cwd=code,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert ended.returncode == 0, ended.stderr
    missing, came = ended.stdout.splitlines()
    return json.loads(missing), json.loads(came)


def _made_of(python: str) -> tuple[Path, ...]:
    return () if python.startswith("/usr/") else (Path(sys.prefix), Path(sys.base_prefix))


@pytest.mark.parametrize("network", [False, True], ids=["alone", "on the machine's network"])
def test_attack_whoever_has_taken_over_a_process_gets_nothing(scene: Scene, network: bool) -> None:
    """ASVS 13.2.4: files, memory, environment, signals, sockets, the network, the kernel."""
    missing, came = tried(scene, network=network)
    assert missing == list(scene.missing)
    assert came.pop("its_own_folder") == "kept"
    assert came.pop("a_thread") == "runs"
    assert came.pop("what_it_may_call") == "answers"
    assert len(came) >= 100
    not_stopped = {name: what for name, what in came.items() if not what.startswith("STOPPED ")}
    assert not_stopped.keys() == scene.works, not_stopped
    # The neighbour has noticed nothing.
    assert scene.neighbour.poll() is None
    assert Path(scene.facts["file"]).read_text() == SECRET
    assert Path(scene.facts["log"]).read_text() == "what happened"


def test_without_the_walls_most_of_it_works(scene: Scene) -> None:
    """The attempts are real: a neighbour of the same user can be read, heard and ended."""
    probes = {
        "file": lambda: Path(scene.facts["file"]).read_text(),
        "environment": lambda: Path(f"/proc/{scene.neighbour.pid}/environ").read_text(),
        "socket": lambda: _connect(scene.facts["sockets"][0]),
        "abstract": lambda: _connect("\0" + scene.facts["abstract"]),
        "port": lambda: socket.create_connection(("127.0.0.1", scene.facts["port"])).close(),
        "signal": lambda: os.kill(scene.neighbour.pid, signal.SIGTERM),
    }
    for probe in probes.values():
        probe()
    assert scene.neighbour.wait(5) == -signal.SIGTERM


@pytest.mark.parametrize("scene", ["ordinary"], indirect=True)
def test_without_the_walls_no_attempt_reads_as_stopped_by_one(scene: Scene) -> None:
    """An attempt that fails by itself would pass with no wall at all."""
    left = [Path(folder) / "planted" for folder in ("/tmp", "/dev/shm")]
    for path in left:
        path.unlink(missing_ok=True)
    ended = subprocess.run(
        [scene.python, "-m", "hostile", json.dumps(scene.facts), "free"],
        env={"PYTHONDONTWRITEBYTECODE": "1"}, user=scene.as_user, cwd=scene.facts["code"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    for path in left:
        path.unlink(missing_ok=True)
    assert ended.returncode == 0, ended.stderr
    came = json.loads(ended.stdout)
    stopped = {name: what for name, what in came.items() if what.startswith("STOPPED ")}
    assert stopped == {}
    assert len([what for what in came.values() if what.startswith("GOT ")]) >= 50


def _connect(address: str) -> None:
    with socket.socket(socket.AF_UNIX) as connected:
        connected.connect(address)


def _ended_by(scene: Scene, script: str) -> int:
    """Return how a process ends that walls itself in and then runs this script."""
    code = Path(scene.facts["code"])
    profile = Profile("hostile", code=(code, *_made_of(scene.python)))
    walled = (
        "import os\nfrom sandbox.enter import enter\nfrom sandbox.told import PROFILE, read\n"
        f"assert enter(read(os.environ[PROFILE])) == ()\n{script}"
    )
    return subprocess.run(
        [scene.python, "-c", walled],
        env={PROFILE: written(profile)}, user=scene.as_user, cwd=code, check=False, timeout=30,
    ).returncode  # fmt: skip


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="an interface of x86-64 alone")
def test_attack_a_call_by_the_numbers_of_another_interface_ends_the_process(scene: Scene) -> None:
    """ASVS 13.2.4: x32 would go past a filter that looks at numbers alone."""
    script = "import ctypes\nctypes.CDLL(None).syscall(0x40000000 | 39)"
    assert _ended_by(scene, script) == -signal.SIGSYS


_ON_AN_OLDER_KERNEL = """
import os, socket
from sandbox import landlock
from sandbox.enter import enter
from sandbox.told import PROFILE, read
from sandbox.walls import Wall
landlock.abi = lambda: {version}
profile = read(os.environ[PROFILE])
assert enter(profile) == {missing}
own = profile.writes[0]
(own / "new").write_text("x")
os.rename(own / "new", own / "old")
os.truncate(own / "old", 0)
def refused(what, *given):
    try:
        what(*given)
    except PermissionError:
        return True
# In a folder of its own, and in sight: no other wall is before these.
assert refused(os.symlink, "/etc", own / "link")
assert refused(open, "/proc/version")
if {version} >= 4:
    assert refused(socket.create_connection, ("127.0.0.1", {port}))
"""


@pytest.mark.parametrize("version", [1, 2, 3, 4, 5])
def test_an_older_landlock_holds_what_it_knows_and_is_told_as_missing(
    scene: Scene, version: int
) -> None:
    """ASVS 13.2.4: in the demo, on kernels before 6.12; production refuses them."""
    code, own = Path(scene.facts["code"]), Path(scene.facts["own"])
    uid = ITS_OWN if scene.as_user is None and scene.prepare is None else None
    if uid is not None:
        os.chown(own, uid, uid)
    made_of = (code, *_made_of(scene.python))
    profile = Profile("older", code=made_of, writes=(own,), network=True, uid=uid)
    # Before the second, a kernel might count threads with those of others of the same user.
    limits = "Wall.LIMITS, " if version < 2 and scene.as_user is not None else ""
    missing = f"({limits}Wall.LANDLOCK,)"
    port = scene.facts["port"]
    script = _ON_AN_OLDER_KERNEL.format(version=version, port=port, missing=missing)
    ended = subprocess.run(
        [scene.python, "-c", script],
        env={PROFILE: written(profile)}, user=scene.as_user, cwd=code, check=False, timeout=30,
        capture_output=True, text=True, preexec_fn=scene.prepare,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
