"""What rights.toml of a made project asks for is what it needs on a broker with accounts, and its README gives it."""

import asyncio
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from tsunagu.cli.new_channel import make_project
from tsunagu.contracts.topics import TOPICS
from tsunagu.stack.kafka_accounts import ADMIN, client_options
from tsunagu.stack.kafka_rights import Operation, Pattern, Resource, Right, ensure_rights
from tsunagu.stack.postgres import new_password
from tsunagu.testing.embedded import embedded_kafka

NAME = "harbour_kiosk"
PATIENCE_SECONDS = 100.0
USE = f"""
import asyncio
import sys

from {NAME}.orders import an_order
from {NAME}.shop import shop
from tsunagu.channel import Channel, Settings

LINE = {{"sku": "A", "quantity": 1, "unit_price_jpy": 1980, "tax_percent": 10}}


async def main() -> None:
    async with Channel("{NAME}", Settings.from_environment()) as channel:
        await channel.catch_up(shop("shop.db"))
        print((await channel.publish(an_order("S001", [LINE]))).topic)


asyncio.run(main())
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    make_project(NAME, tmp_path / "made")
    return tmp_path / "made"


def asked(project: Path) -> list[Right]:
    """What rights.toml asks for."""
    rights: dict[str, Any] = tomllib.loads((project / "rights.toml").read_text(encoding="utf-8"))
    account = rights["account"]
    return [
        *(Right(account, Operation.READ, Resource.TOPIC, name) for name in rights["read"]),
        *(Right(account, Operation.WRITE, Resource.TOPIC, name) for name in rights["write"]),
        Right(account, Operation.READ, Resource.GROUP, rights["groups"], Pattern.PREFIXED),
    ]


@dataclass(frozen=True)
class Guarded:
    """A broker with accounts and topics."""

    address: str
    passwords: dict[str, str]


@pytest_asyncio.fixture(loop_scope="session")
async def guarded() -> AsyncIterator[Guarded]:
    passwords = {account: new_password() for account in (ADMIN, NAME)}
    async with embedded_kafka(passwords=passwords) as server:
        admin = AIOKafkaAdminClient(
            bootstrap_servers=server.address, **client_options(ADMIN, passwords[ADMIN])
        )
        await admin.start()
        await admin.create_topics([NewTopic(topic.name, 1, 1) for topic in TOPICS])
        await admin.close()
        yield Guarded(server.address, passwords)


async def use(project: Path, guarded: Guarded) -> tuple[int | None, str]:
    (project / "use.py").write_text(USE, encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "use.py",
        cwd=project,
        env={
            "PATH": os.environ["PATH"],
            "TSUNAGU_CHANNEL_KAFKA_BOOTSTRAP_SERVERS": guarded.address,
            "TSUNAGU_CHANNEL_KAFKA_USERNAME": NAME,
            "TSUNAGU_CHANNEL_KAFKA_PASSWORD": guarded.passwords[NAME],
            "TSUNAGU_CHANNEL_KAFKA_SASL_MECHANISM": "PLAIN",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )  # fmt: skip
    async with asyncio.timeout(PATIENCE_SECONDS):
        out, _ = await process.communicate()
    return process.returncode, out.decode()


@pytest.mark.component
@pytest.mark.timeout(400)  # the project is started once for each right
async def test_rights__that_the_project_asks_for__are_enough_and_none_is_too_many(
    project: Path, guarded: Guarded
) -> None:
    admin = client_options(ADMIN, guarded.passwords[ADMIN])
    given: list[Right] = []
    for right in asked(project):
        code, said = await use(project, guarded)
        assert code == 1 and "MissingRight" in said, f"with {given} it does all it has to"
        given.append(right)
        await ensure_rights(guarded.address, admin, [right])
    code, said = await use(project, guarded)
    assert code == 0 and said.endswith("order.commands\n"), said


def test_readme__has_the_commands_that_give_these_rights(project: Path) -> None:
    readme = (project / "README.md").read_text(encoding="utf-8")
    commands = re.findall(r"^kafka-acls ((?:.*\\\n)*.*)", readme, re.MULTILINE)
    found = set()
    for command in commands:
        words = shlex.split(command.replace("\\\n", " "))
        options = list(pairwise(words))
        of = dict(options)
        prefixed = of.get("--resource-pattern-type") == "prefixed"
        for name, value in options:
            if name in ("--topic", "--group"):
                found.add(
                    Right(
                        of["--allow-principal"].removeprefix("User:"),
                        Operation[of["--operation"].upper()],
                        Resource[name.removeprefix("--").upper()],
                        value,
                        Pattern.PREFIXED if prefixed else Pattern.LITERAL,
                    )
                )
    assert found == set(asked(project))
