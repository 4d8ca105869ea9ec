"""Apache Kafka's jars: which ones, from where, and that they are the right bytes.

`kafka.lock.json` names every jar with its sha256. `jgo` fetches each from Maven Central by its exact
coordinate and resolves nothing: its own resolution would pick other versions than Kafka's release has.
Run as `python -m tsunagu.stack.kafka_jars` to fetch what is missing.
"""

import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from tsunagu.stack.errors import StackError
from tsunagu.stack.paths import cache_dir

KAFKA_VERSION = "4.3.1"
DOWNLOADS_AT_ONCE = 6  # enough to fill a home connection; polite to the repository
DOWNLOAD_TIMEOUT_SECONDS = 60  # for a connection or a read, not for a whole jar


@dataclass(frozen=True)
class Jar:
    """One Maven artifact and the sha256 of its jar."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def filename(self) -> str:
        """The jar's name in the flat folder that becomes the class path."""
        return f"{self.artifact}-{self.version}.jar"


def parse_lock(text: str) -> list[Jar]:
    """Read a lock file; raises StackError when a line is not (group, artifact, version, sha256)."""
    jars = []
    for row in json.loads(text):
        if not (isinstance(row, list) and len(row) == 4 and all(isinstance(field, str) for field in row)):
            raise StackError(f"kafka.lock.json: {row!r} is not [group, artifact, version, sha256]")
        if len(row[3]) != 64:
            raise StackError(f"kafka.lock.json: {row[1]} has no sha256 of 64 hexadecimal digits")
        jars.append(Jar(*row))
    return jars


def locked_jars() -> list[Jar]:
    """The jars of the lock file that this package ships."""
    return parse_lock(resources.files("tsunagu.stack").joinpath("kafka.lock.json").read_text())


def jar_dir() -> Path:
    """The folder that holds the verified jars."""
    return cache_dir() / f"kafka-{KAFKA_VERSION}"


def missing_jars(folder: Path) -> list[Jar]:
    """The jars that are not in the folder. A jar gets its name there only after its bytes were verified."""
    return [jar for jar in locked_jars() if not (folder / jar.filename).is_file()]


def verify(path: Path, jar: Jar) -> None:
    """Raise StackError when the file is not the locked jar."""
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != jar.sha256:
        raise StackError(
            f"{jar.filename} from the Maven repository has sha256 {found}, expected {jar.sha256}: it was "
            "not stored. Try again; if it stays so, a proxy between here and the repository changes files."
        )


def _download(jar: Jar, staging: Path) -> Path:
    from jgo.maven import MavenContext  # noqa: PLC0415 - 0.2 s of imports that a warm start does not need

    context = MavenContext(repo_cache=staging, timeout=DOWNLOAD_TIMEOUT_SECONDS)
    artifact = context.project(jar.group, jar.artifact).at_version(jar.version).artifact()
    try:
        return Path(artifact.resolve())
    except Exception as error:  # jgo raises requests' errors and RuntimeError alike
        raise StackError(
            f"cannot download {jar.group}:{jar.artifact}:{jar.version} from Maven Central: {error}. "
            "Check the network and try again (what has arrived is kept), or set KAFKA_HOME to an "
            f"unpacked Kafka {KAFKA_VERSION}."
        ) from error


def fetch(progress: Callable[[str], None] = lambda _: None) -> Path:
    """Download and verify the jars that are missing; returns their folder.

    Safe to interrupt and to run twice at once: each jar is moved into place whole.
    Raises StackError when a download fails or has the wrong bytes.
    """
    folder = jar_dir()
    missing = missing_jars(folder)
    if not missing:
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    progress(f"Kafka {KAFKA_VERSION}: {len(missing)} jars to fetch")
    with (
        tempfile.TemporaryDirectory(dir=folder.parent, prefix="kafka-fetch-") as staging,
        ThreadPoolExecutor(DOWNLOADS_AT_ONCE) as pool,
    ):
        downloads = {
            pool.submit(_download, jar, Path(staging) / str(number)): jar
            for number, jar in enumerate(missing)
        }
        try:
            for number, done in enumerate(as_completed(downloads), start=1):
                jar = downloads[done]
                path = done.result()
                verify(path, jar)
                path.replace(folder / jar.filename)
                progress(f"  {number}/{len(missing)} {jar.filename}")
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return folder


def class_path() -> str:
    """Kafka's class path: the verified jars, else `KAFKA_HOME`. Raises StackError when there is neither."""
    folder = jar_dir()
    if missing_jars(folder):
        home = os.environ.get("KAFKA_HOME")
        if home and (Path(home) / "libs").is_dir():
            return str(Path(home) / "libs" / "*")
        raise StackError("Kafka's jars are missing: run `make setup`, or set KAFKA_HOME to an unpacked Kafka")
    return os.pathsep.join(str(folder / jar.filename) for jar in locked_jars())


def main() -> int:
    """Fetch what is missing, with progress on standard error; 0 when everything is there."""

    def show(line: str) -> None:
        sys.stderr.write(f"{line}\n")

    if os.environ.get("KAFKA_HOME"):
        show("KAFKA_HOME is set: Kafka is taken from there where the jars are missing")
        return 0
    try:
        fetch(show)
    except StackError as error:
        show(f"error: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
