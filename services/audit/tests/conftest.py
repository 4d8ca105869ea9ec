"""Mothers of what the rules look at: a scene whose tables a test fills."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import pytest

from audit.databases import Databases
from audit.log import Log
from audit.report import Findings, Report
from audit.scene import Scene
from audit.settings import AuditSettings
from audit.tables import Told


class Tables:
    """A database whose queries return what the test gives."""

    schemas = ("public",)

    def __init__(self, name: str, rows: Mapping[str, list[dict[str, Any]]]) -> None:
        self._name = name
        self._rows = rows

    async def fetch(self, query: str, *_: object) -> list[dict[str, Any]]:
        return self._rows.get(query, [])

    async def fetch_in(self, schema: str, file: str, query: str, *_: object) -> list[dict[str, Any]]:
        return self._rows.get(query, [])

    async def has(self, schema: str, table: str) -> bool:
        return table in self._rows

    def process(self, schema: str) -> str:
        return self._name


class Opened(dict[str, Tables]):
    """The databases of a scene."""

    def all(self) -> list[Tables]:
        return list(self.values())


@dataclass
class Case:
    """A scene, and what was found in it."""

    scene: Scene

    @property
    def report(self) -> Report:
        return self.scene.findings.report()


@pytest.fixture
def case() -> Callable[..., Case]:
    """`case(order={"orders": […]})`: a scene with these rows in its databases and nothing on the topics."""

    def build(**databases: Mapping[str, list[dict[str, Any]]]) -> Case:
        opened = Opened({name: Tables(name, rows) for name, rows in databases.items()})
        log = Log(told=lambda seen: None, deleted=lambda topic, key: None)
        return Case(Scene(log, Told(), {}, cast(Databases, opened), Findings(), AuditSettings()))

    return build
