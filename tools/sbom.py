"""`make sbom`: what is installed, as CycloneDX 1.6 documents in sbom/.

One document a Python environment (`core`, `rasa`) and one of the npm packages that tests use.
cyclonedx-bom reads the environments. Added here: the locked SHA-256 of each package's files, the
licences that were looked up, which packages are of developers alone (scope `excluded`), and the
published weights with their digests. Each document is checked against CycloneDX's schema.
"""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

if __package__ is None or __package__ == "":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from jsonschema_rs import Draft7Validator, Registry
from packaging.utils import canonicalize_name

from tools import licences
from tools.locks import hashes

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "sbom"
SPEC = "1.6"
_BIN = Path(sys.executable).parent
_WEIGHTS = Path("dialogue") / "sentences" / "weights.py"
_SCHEMA_BASE = "http://cyclonedx.org/schema/"
_SCHEMA_PARTS = ("spdx", "jsf-0.82", "cryptography-defs")

Document = dict[str, Any]


def of_environment(root: Path, folder: str, lock: str, dev: str | None = None) -> Document:
    """Return the document of a Python environment.

    `lock` names what Gatehouse runs on; packages of `dev` beside it are the developers' alone.
    """
    words = [str(_BIN / "cyclonedx-py"), "environment", "--spec-version", SPEC, "--no-validate"]
    project = ["--pyproject", str(root / "pyproject.toml"), "--output-reproducible"]
    python = str(root / folder / "bin" / "python")
    said = subprocess.run([*words, *project, python], check=True, capture_output=True)  # noqa: S603
    document: Document = json.loads(said.stdout)
    needed = hashes(root / "requirements" / f"{lock}.txt")
    locked = needed | (hashes(root / "requirements" / f"{dev}.txt") if dev else {})
    table = licences.read_table(root)
    told = {each.name: table.licence(each) for each in licences.installed(root / folder)}
    for component in document["components"]:
        name = canonicalize_name(component["name"])
        component["scope"] = "required" if name in needed else "excluded"
        if name in locked:
            component.setdefault("externalReferences", []).append(_files(component, locked[name]))
        if name in table.concluded or name in table.excused or not component.get("licenses"):
            concluded = {"expression": told[name], "acknowledgement": "concluded"}
            component["licenses"] = [concluded]
    return document


def of_npm(root: Path) -> Document:
    """Return the document of the npm packages, all of them for tests."""
    lock = json.loads((root / licences.NPM_LOCK).read_text("utf-8"))
    table = licences.read_table(root)
    components = list(_npm_components(lock, table))
    return {
        "$schema": f"http://cyclonedx.org/schema/bom-{SPEC}.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": SPEC,
        "version": 1,
        "metadata": {
            "component": {"type": "application", "name": lock["name"], "bom-ref": "root-component"}
        },
        "components": components,
    }


def _npm_components(lock: Document, table: licences.Table) -> Iterator[Document]:
    for path, each in sorted(lock["packages"].items()):
        if not path:
            continue
        name = path.rpartition("node_modules/")[2]
        kind, _, digest = each["integrity"].partition("-")
        purl = f"pkg:npm/{name.replace('@', '%40')}@{each['version']}"
        package = licences.Package(name, each["version"], each.get("license") or "")
        yield {
            "type": "library",
            "bom-ref": path,
            "name": name,
            "version": each["version"],
            "scope": "excluded",
            "purl": purl,
            "hashes": [
                {"alg": kind.upper().replace("SHA", "SHA-"), "content": _hex(digest)},
            ],
            "licenses": [{"expression": table.licence(package)}],
        }


def _hex(digest: str) -> str:
    return base64.b64decode(digest).hex()


def with_weights(root: Path, document: Document) -> Document:
    """Add the published weights, which a package of the environment carries."""
    text = (root / _WEIGHTS).read_text("utf-8")
    digests = dict(re.findall(r'^    "([\w.]+)": "([0-9a-f]{64})",$', text, re.MULTILINE))
    document["components"].append(
        {
            "type": "machine-learning-model",
            "bom-ref": "all-MiniLM-L6-v2",
            "name": "all-MiniLM-L6-v2",
            "scope": "required",
            "licenses": [{"license": {"id": "Apache-2.0"}}],
            "components": [
                {"type": "data", "name": name, "hashes": [{"alg": "SHA-256", "content": digest}]}
                for name, digest in sorted(digests.items())
            ],
        }
    )
    return document


def _files(component: Document, digests: list[str]) -> Document:
    """Return the files that the lock file allows for a package: any of them may be installed."""
    return {
        "type": "distribution",
        "url": component["purl"],
        "comment": "files that the lock file allows",
        "hashes": [{"alg": "SHA-256", "content": each} for each in digests],
    }


def faults(document: Document) -> list[str]:
    """Return what the schema of CycloneDX has against a document."""
    folder = resources.files("cyclonedx.schema") / "_res"
    whole, *parts = (f"{each}.SNAPSHOT.schema.json" for each in (f"bom-{SPEC}", *_SCHEMA_PARTS))
    schema = json.loads((folder / whole).read_text("utf-8"))
    named = ((_SCHEMA_BASE + each, json.loads((folder / each).read_text())) for each in parts)
    registry = Registry(list(named))
    found = Draft7Validator(schema, registry=registry).iter_errors(document)
    return [f"{list(each.instance_path)}: {each.message}" for each in found]


def documents(root: Path) -> Iterator[tuple[str, Document]]:
    """Yield each document with its name."""
    yield "core", of_environment(root, ".venv", "core", "dev")
    yield "rasa", with_weights(root, of_environment(root, ".venv-rasa", "rasa", "weights"))
    yield "npm", of_npm(root)


def main() -> None:
    """Write the documents; end with 1 where one does not fit its schema, or a licence not ours."""
    FOLDER.mkdir(exist_ok=True)
    found = licences.complaints(ROOT)
    for name, document in documents(ROOT):
        found += [f"{name}: {fault}" for fault in faults(document)]
        path = FOLDER / f"{name}.cdx.json"
        path.write_text(json.dumps(document, indent=1, sort_keys=True) + "\n", "utf-8")
        print(f"  {path.relative_to(ROOT)}: {len(document['components'])} components")
    for line in found:
        print(f"    {line}")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
