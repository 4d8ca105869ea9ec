"""The examples in the README do what it says, and the library needs nothing of this repository but the contracts."""

import asyncio
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from tsunagu.contracts.topics import INVENTORY_AVAILABILITY, ORDER_COMMANDS

from .backbone import PATIENCE_SECONDS, a_record, an_availability

README = Path(__file__).parents[1] / "README.md"
SUBSCRIBE, PUBLISH = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
(OUTPUT,) = re.findall(r"prints\n```\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)

ALONE = """
import sys
from importlib.abc import MetaPathFinder

class Nothing(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        others = name.startswith("tsunagu.") and name.split(".")[1] not in ("channel", "contracts")
        if others or name.split(".")[0] in ("asyncpg", "faststream", "structlog", "pydantic_settings"):
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Nothing())
import tsunagu.channel
"""


def test_library__without_the_rest_of_the_repository__is_imported() -> None:
    subprocess.run([sys.executable, "-c", ALONE], check=True)


@pytest.fixture
async def topics(kafka: str, kafka_admin: AIOKafkaAdminClient) -> None:
    """The topics under their real names, which other tests may have made already."""
    await kafka_admin.create_topics(
        [NewTopic(topic.name, 3, 1) for topic in (INVENTORY_AVAILABILITY, ORDER_COMMANDS)]
    )


async def run(code: str, kafka: str, folder: Path) -> asyncio.subprocess.Process:
    (folder / "example.py").write_text(code, encoding="utf-8")
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "example.py",
        cwd=folder,
        env={"TSUNAGU_CHANNEL_KAFKA_BOOTSTRAP_SERVERS": kafka},
        stdout=subprocess.PIPE,
    )


def stock_of(file: Path, key: str) -> int | None:
    """What the example's model says; None while it says nothing."""
    if not file.exists():
        return None
    db = sqlite3.connect(file)
    try:
        row = db.execute("SELECT available FROM stock WHERE key = ?", (key,)).fetchone()
    except sqlite3.OperationalError:
        return None
    finally:
        db.close()
    return row[0] if row else None


@pytest.mark.component
async def test_readme__its_read_model__is_kept_up_to_date(kafka: str, topics: None, tmp_path: Path) -> None:
    file = tmp_path / "kiosk.db"
    process = await run(SUBSCRIBE, kafka, tmp_path)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS), AIOKafkaProducer(bootstrap_servers=kafka) as producer:
            for version, available in enumerate((7, 3), start=1):
                record = a_record(an_availability("readme", version, available))
                await producer.send_and_wait(
                    INVENTORY_AVAILABILITY.name, record.value, record.key, headers=list(record.headers)
                )
                while stock_of(file, "S001:readme") != available:  # noqa: ASYNC110 - a file tells nobody
                    await asyncio.sleep(0.03)
    finally:
        process.kill()
        await process.communicate()


@pytest.mark.component
async def test_readme__its_order__is_refused_mended_and_published(
    kafka: str, topics: None, tmp_path: Path
) -> None:
    process = await run(PUBLISH, kafka, tmp_path)
    async with asyncio.timeout(PATIENCE_SECONDS):
        output, _ = await process.communicate()
    assert output.decode() == OUTPUT
