"""Kafka's classes as Java holds them once they are read: with this archive a broker starts for half the CPU time.

Making it costs what five starts save, so only those make it who start Kafka dozens of times: `make test` does,
by `python -m tsunagu.stack.kafka_archive`. Whoever starts a broker uses it where it is.
"""

import asyncio
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from tsunagu.stack import kafka
from tsunagu.stack.errors import StackError
from tsunagu.stack.identity import Identity, launcher_argv
from tsunagu.stack.ports import free_port
from tsunagu.stack.process import Process

DUMP_TIMEOUT_SECONDS = 300  # alone on the machine it takes ten


async def list_classes(folder: Path) -> Path:
    """Start an empty broker in the folder, and have Java note every class that it loads until it has stopped."""
    port = free_port()
    settings = kafka.KafkaSettings(folder / "kafka", port, free_port({port}))
    await asyncio.to_thread(kafka.prepare, settings, kafka.new_cluster_id())
    classes = folder / "classes"
    spec = kafka.process_spec(settings, folder / "kafka.log")
    java, *options = spec.argv
    broker = Process(replace(spec, argv=(java, f"-XX:DumpLoadedClassList={classes}", *options)))
    broker.spawn()
    try:
        await broker.wait_ready()
    finally:
        await broker.stop()
    return classes


def make(archive: Path) -> None:
    """Make the archive, a file of 65 MB. Raises StackError when Kafka does not start or Java can't write it.

    Safe to interrupt and to run twice at once: it is moved into place whole.
    """
    archive.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=archive.parent, prefix="kafka-archive-") as name:
        folder = Path(name)
        classes = asyncio.run(list_classes(folder))
        command = kafka.dump_command(classes, folder / archive.name)
        run = subprocess.run(
            launcher_argv(Identity.CALLER, *command),
            capture_output=True,
            text=True,
            check=False,
            timeout=DUMP_TIMEOUT_SECONDS,
        )
        if run.returncode != 0:
            raise StackError(f"Java could not archive Kafka's classes:\n{run.stdout}{run.stderr}")
        (folder / archive.name).replace(archive)


def main() -> int:
    """Make the archive unless it is there; 0 also when it can't be made: without it Kafka only starts more slowly."""
    try:
        archive = kafka.class_archive()
        if not archive.is_file():
            sys.stderr.write("archiving Kafka's classes, once\n")
            make(archive)
    except (StackError, subprocess.TimeoutExpired) as error:
        sys.stderr.write(f"no archive of Kafka's classes, so brokers start slowly: {error}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
