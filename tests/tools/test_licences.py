"""Licences: unknown and incompatible ones are found, whatever way a package tells its own."""

from __future__ import annotations

import pytest

from tools import licences
from tools.environments import ROOT
from tools.licences import Package, judged, locked_npm, read_table

TABLE = read_table(ROOT)
LOOKED_UP = [
    Package(name, "1", "") for name in sorted({*TABLE.concluded, *TABLE.excused})
]  # Each has to be installed.


def complaints(*packages):
    return judged([*packages, *LOOKED_UP], TABLE)


@pytest.mark.parametrize(
    "told",
    [
        "MIT",
        "Apache-2.0 AND MIT",
        "MPL-2.0 AND (Apache-2.0 OR MIT)",
        "GPL-3.0-only OR MIT",
        "MIT License",
        "BSD",
    ],
)
def test_a_compatible_licence_passes(told):
    assert complaints(Package("nice", "1.0", told)) == []


@pytest.mark.parametrize(
    "told",
    [
        "GPL-3.0-only",
        "AGPL-3.0-or-later",
        "MIT AND GPL-2.0-only",
        "(MIT OR Apache-2.0) AND SSPL-1.0",
        "LicenseRef-Commercial",
        "LGPL-2.1-or-later",  # Excused for single packages, not for any.
    ],
)
def test_an_incompatible_licence_is_found(told):
    assert complaints(Package("odd", "1.0", told)) == [
        f"odd 1.0 has a licence that tools/licences.yml does not allow: {told}"
    ]


@pytest.mark.parametrize("told", ["As you like", "MIT AND", "Proprietary; ask us"])
def test_a_licence_that_nobody_knows_is_found(told):
    (found,) = complaints(Package("odd", "1.0", told))
    assert found.startswith("odd 1.0 has a licence that tools/licences.yml does not")


def test_a_package_that_says_nothing_is_found():
    (found,) = complaints(Package("silent", "1.0", ""))
    assert found == "silent 1.0 does not say its licence: look it up and add it to " + str(
        licences.TABLE
    )


def test_what_is_looked_up_or_excused_has_to_be_installed():
    (gone, *others) = LOOKED_UP
    assert judged(others, TABLE) == [
        f"tools/licences.yml speaks of {gone.name}, which is not installed"
    ]


def test_everything_that_is_looked_up_or_excused_says_why():
    every = [*TABLE.concluded.values(), *TABLE.excused.values()]
    assert all(each["licence"] and each["why"] for each in every)


@pytest.mark.parametrize(
    ("metadata", "told"),
    [
        ("License-Expression: MIT", "MIT"),
        ("License: Apache 2.0", "Apache 2.0"),
        ("License: UNKNOWN\nClassifier: License :: OSI Approved :: BSD License", "BSD License"),
        ("Classifier: License :: OSI Approved :: MIT License", "MIT License"),
        (
            "Classifier: License :: OSI Approved :: MIT License\n"
            "Classifier: License :: OSI Approved :: Apache Software License",
            "",  # Both, or one of them: somebody has to look.
        ),
        (f"License: {'word ' * 20}\nClassifier: License :: OSI Approved :: ISC License",
         "ISC License"),
        ("", ""),
    ],
)  # fmt: skip
def test_a_package_is_read_as_it_describes_itself(tmp_path, metadata, told):
    folder = tmp_path / "lib" / "python3.13" / "site-packages" / "Some_Thing-1.0.dist-info"
    folder.mkdir(parents=True)
    head = "Metadata-Version: 2.4\nName: Some_Thing\nVersion: 1.0\n"
    (folder / "METADATA").write_text(head + metadata + "\n")
    assert licences.installed(tmp_path) == [Package("some-thing", "1.0", told)]


def test_the_npm_packages_of_the_tests_are_judged_too():
    packages = locked_npm(ROOT)
    assert {"axe-core", "oidc-provider", "@koa/router"} <= {each.name for each in packages}
    assert [found for each in packages if (found := TABLE.complaint(each))] == []


def test_a_missing_environment_is_no_clean_one(tmp_path):
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "licences.yml").write_text((ROOT / licences.TABLE).read_text())
    (found,) = licences.complaints(tmp_path)
    assert found.endswith(".venv is missing: run `make check`")
