"""What the project is made of is known, free, and told: in docs/supply-chain.md and in the image's SBOM."""

import json

import pytest

from . import licences_page, sbom
from .packages import ELSEWHERE, FREE, OF_TOOLS, RUN_BESIDE, Package, allowed, shipped, tools


@pytest.mark.parametrize("package", shipped(), ids=lambda package: package.purl)
def test_image__each_package_has_a_licence_that_binds_nobody_elses_code(package: Package) -> None:
    assert allowed(package.licence, FREE), f"{package.name} says {package.licence or 'nothing'}"


def test_tools__each_has_a_licence_that_is_known_or_a_reason() -> None:
    others = [package for package in tools() if not allowed(package.licence, OF_TOOLS)]
    assert {package.name for package in others} == set(RUN_BESIDE)


def test_reasons__nothing_of_them_is_in_the_image() -> None:
    assert not set(RUN_BESIDE) & {package.name for package in shipped()}


@pytest.mark.parametrize(
    ("expression", "free"),
    [
        ("MIT", True),
        ("GPL-3.0-only", False),
        ("MIT OR GPL-3.0-only", True),
        ("MIT AND GPL-3.0-only", False),
        ("(MIT OR CC0-1.0)", True),
        ("Apache-2.0 AND BSD-2-Clause", True),
        ("SSPL-1.0", False),
        ("BUSL-1.1", False),
        ("", False),
    ],
)
def test_allowed__of_or_one_part__of_and_all(expression: str, free: bool) -> None:
    assert allowed(expression, FREE) is free


def test_packages__each_is_locked_by_hash() -> None:
    for package in shipped():
        assert package.sha256 or package.integrity, package.purl


def test_elsewhere__names_only_packages_of_the_locks() -> None:
    assert set(ELSEWHERE) <= {package.name for package in (*shipped(), *tools())}


def test_page__is_what_the_locks_say() -> None:
    there = licences_page.PAGE.read_text(encoding="utf-8")
    assert there == licences_page.page(), "make reference brings it up to date"


def test_sbom__is_what_the_locks_say() -> None:
    assert sbom.FILE.read_text(encoding="utf-8") == sbom.text(), "make reference brings it up to date"


def test_sbom__names_each_package_once_and_what_the_image_is_of() -> None:
    bom = json.loads(sbom.FILE.read_text(encoding="utf-8"))
    refs = [component["bom-ref"] for component in bom["components"]]
    assert len(refs) == len(set(refs)) == len({package.purl for package in shipped()})
    assert "pkg:pypi/aiokafka@" in " ".join(refs) and "pkg:npm/svelte@" in " ".join(refs)
    assert bom["dependencies"] == [{"ref": "tsunagu", "dependsOn": refs}]
    # CycloneDX's own schema is not here: these are the fields that it demands.
    assert (bom["bomFormat"], bom["specVersion"], bom["version"]) == ("CycloneDX", "1.6", 1)
    assert all({"type", "name"} <= set(component) for component in bom["components"])
