"""What a machine needs to run the system, checked one by one."""

import asyncio
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import psutil
from aiokafka.errors import KafkaError
from asyncpg import PostgresError

from tsunagu.chassis import clock
from tsunagu.chassis.migrating import MigrationError, outstanding
from tsunagu.chassis.topics import compare_topics, local_topics
from tsunagu.contracts.values import JAPAN
from tsunagu.stack import passwords
from tsunagu.stack.addresses import Addresses
from tsunagu.stack.errors import StackError
from tsunagu.stack.java import JAVA_VERSION_MIN, find_java, java_version
from tsunagu.stack.kafka_jars import KAFKA_VERSION, jar_dir, missing_jars
from tsunagu.stack.ports import HOST, free_port, is_free
from tsunagu.stack.postgres import MAJOR_VERSION_MIN, find_binaries
from tsunagu.stack.services import SERVICES, ServiceProcess
from tsunagu.stack.state import StateFile

DISK_FREE_GIGABYTES_MIN = 2  # the environment takes 1, a long demo less than 1
MEMORY_AVAILABLE_GIGABYTES_MIN = 2.5  # what the whole demo may take
CLOCK_BEHIND_SECONDS_MAX = 60  # some file systems round times, and clocks are put right by seconds


@dataclass(frozen=True)
class Finding:
    """One check: what was found, and what to do if it is not well."""

    name: str
    ok: bool
    found: str
    advice: str = ""


def diagnose(home: Path) -> list[Finding]:
    """All checks of this machine; none of them changes anything."""
    return [
        _python(),
        _memory(),
        _disk(home),
        _clock(home),
        _checked("Java", _java),
        _jars(),
        _checked("PostgreSQL", _postgres),
        _checked("ports", lambda: _ports(home)),
        _services(),
        _topics(home),
        _migrations(home),
        _prometheus(),
    ]


def _checked(name: str, check: Callable[[], Finding]) -> Finding:
    try:
        return check()
    except StackError as error:
        return Finding(name, False, "not found", str(error))


def _python() -> Finding:
    ok = sys.version_info >= (3, 11)
    found = f"{platform.python_version()} at {sys.executable}"
    return Finding("Python", ok, found, "install Python 3.11 or later and run `make setup`")


def _memory() -> Finding:
    gigabytes = psutil.virtual_memory().available / 1e9
    return Finding(
        "memory",
        gigabytes >= MEMORY_AVAILABLE_GIGABYTES_MIN,
        f"{gigabytes:.1f} GB available",
        f"the whole system takes up to {MEMORY_AVAILABLE_GIGABYTES_MIN} GB: end other programs",
    )


def _disk(home: Path) -> Finding:
    """The fullest of the disks on which the data lies: Kafka's or PostgreSQL's folder may be one of its own."""
    folder = home
    while not folder.exists():
        folder = folder.parent
    folders = [folder, *(inner for inner in home.glob("*") if inner.is_dir())]
    free, fullest = min((shutil.disk_usage(each).free, each) for each in folders)
    return Finding(
        "disk",
        free / 1e9 >= DISK_FREE_GIGABYTES_MIN,
        f"{free / 1e9:.1f} GB free at {fullest}",
        f"free {DISK_FREE_GIGABYTES_MIN} GB, or point TSUNAGU_HOME at another disk; what runs goes on by itself then",
    )


def _clock(home: Path) -> Finding:
    """Whether time has gone on since this Tsunagu last wrote something; a clock that was set back expires nothing."""
    file = StateFile(home)
    logs = (process.log for process in file.read().processes)
    written = max((path.stat().st_mtime for path in (file.path, *logs) if path.exists()), default=0.0)
    now = clock.now()
    behind_seconds = written - now.timestamp()
    return Finding(
        "clock",
        behind_seconds <= CLOCK_BEHIND_SECONDS_MAX,
        f"{now.astimezone(JAPAN):%Y-%m-%d %H:%M:%S} in Japan",
        f"it was {behind_seconds:.0f} s later when Tsunagu last wrote to {home}: set the clock, by NTP if you can",
    )


def _java() -> Finding:
    java = find_java()
    version = java_version(java)
    return Finding(
        "Java",
        version is not None and version >= JAVA_VERSION_MIN,
        f"{version or 'does not run'} at {java}",
        f"run `make setup`, or set JAVA_HOME to a Java {JAVA_VERSION_MIN} or later",
    )


def _jars() -> Finding:
    missing = missing_jars(jar_dir())
    home = os.environ.get("KAFKA_HOME")
    if missing and home and (Path(home) / "libs").is_dir():
        return Finding("Kafka", True, f"KAFKA_HOME at {home}")
    return Finding(
        "Kafka",
        not missing,
        f"{KAFKA_VERSION} at {jar_dir()}" if not missing else f"{len(missing)} jars missing",
        "run `make setup`, or set KAFKA_HOME",
    )


def _postgres() -> Finding:
    folder = find_binaries()
    run = subprocess.run(
        [str(folder / "postgres"), "--version"], capture_output=True, text=True, check=False, timeout=30
    )
    # "postgres (PostgreSQL) 17.10"
    version = run.stdout.split()[-1] if run.returncode == 0 and run.stdout.split() else ""
    major = version.split(".")[0]
    return Finding(
        "PostgreSQL",
        major.isdigit() and int(major) >= MAJOR_VERSION_MIN,
        f"{version or 'does not run'} at {folder}",
        f"run `make setup`, or set PG_BIN to a PostgreSQL {MAJOR_VERSION_MIN} or later",
    )


def _ports(home: Path) -> Finding:
    file = StateFile(home)
    if file.is_locked():
        return Finding("ports", True, "in use by the Tsunagu that runs here")
    taken = {name: port for name, port in file.read().ports.items() if not is_free(port)}
    free_port()
    return Finding(
        "ports",
        not taken,
        f"{HOST} has free ports"
        if not taken
        else "taken: " + ", ".join(f"{name} {port}" for name, port in taken.items()),
        f"end the programs that listen there, or delete {file.path} to get new ports",
    )


def _services() -> Finding:
    missing = [service.name for service in SERVICES if not service.is_installed()]
    found = f"{len(SERVICES) - len(missing)} of {len(SERVICES)} installed"
    return Finding(
        "services", not missing, found, f"not installed: {', '.join(missing)}; run `make setup` again"
    )


def _topics(home: Path) -> Finding:
    file = StateFile(home)
    if not file.is_locked():
        return Finding("topics", True, "no Tsunagu runs here whose topics could be looked at")
    address = f"{HOST}:{file.read().ports['kafka']}"
    try:
        differ = asyncio.run(compare_topics(address, local_topics()))
    except (KafkaError, OSError) as error:
        return Finding(
            "topics", False, f"Kafka at {address} does not answer: {error!r}", "see `tsunagu status`"
        )
    return Finding(
        "topics",
        not differ,
        "; ".join(differ) or f"{len(local_topics())} as the contracts have them",
        "`tsunagu topics create` makes what is missing and corrects settings; partitions stay, because keys would move",
    )


def _migrations(home: Path) -> Finding:
    file = StateFile(home)
    running = {process.name for process in file.read().processes} if file.is_locked() else set()
    here = [service for service in SERVICES if service.name in running and not service.runs_itself]
    if not here:
        return Finding("migrations", True, "no service runs here whose database could be looked at")
    try:
        missing = asyncio.run(_outstanding(file.read().ports, home, here))
    except (OSError, PostgresError) as error:
        return Finding("migrations", False, f"a database does not answer: {error!r}", "see `tsunagu status`")
    except MigrationError as error:
        return Finding("migrations", False, str(error), "put the files back as they were")
    return Finding(
        "migrations",
        not missing,
        "; ".join(missing) or f"none outstanding in {len(here)} databases and schemas",
        "`tsunagu down`, then `tsunagu up`: services bring their databases up to date when they start",
    )


async def _outstanding(ports: Mapping[str, int], home: Path, services: Sequence[ServiceProcess]) -> list[str]:
    databases = Addresses.of(ports, passwords.load(home), services).audit_databases
    missing = []
    for service in services:
        connection = await asyncpg.connect(databases[service.database])
        try:
            spec = importlib.util.find_spec(service.module)
            assert spec is not None and spec.origin is not None
            files = await outstanding(connection, service.schema, Path(spec.origin).with_name("migrations"))
        finally:
            await connection.close()
        missing += [f"{service.name}: {file}" for file in files]
    return missing


def _prometheus() -> Finding:
    path = shutil.which("prometheus")
    # Without it everything works but the graphs, so its absence is not a fault.
    return Finding("Prometheus", True, path or "not on the PATH; metrics are served all the same")
