"""Doors on a real PostgreSQL: the process's whole HTTP application, and its harness for what comes over Kafka."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import asyncpg
import httpx
import pytest

import edge.board.app
import edge.board.settings
import edge.channels.app
import edge.channels.settings
import edge.partner.app
import edge.partner.settings
import edge.shopper.app
import edge.shopper.settings
import edge.staff.app
import edge.staff.settings
from edge.channels.channels_file import load
from edge.web_app import Door
from tsunagu.chassis import Runtime, Service
from tsunagu.chassis.api_keys import digest_of, new_key
from tsunagu.chassis.database import connect
from tsunagu.chassis.http import build_app
from tsunagu.chassis.settings import ChassisSettings
from tsunagu.contracts import messages as m
from tsunagu.contracts.envelope import Envelope, Record, encode
from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.message import Message
from tsunagu.testing.harness import Harness, harness
from tsunagu.testing.plugin import NewDatabase

MODULES = {
    "partner": (edge.partner.app, edge.partner.settings.Settings, ("app", "ec")),
    "staff": (edge.staff.app, edge.staff.settings.Settings, ("S001", "S002")),
    "board": (edge.board.app, edge.board.settings.Settings, ("ceo", "cfo")),
    "shopper": (edge.shopper.app, edge.shopper.settings.Settings, ()),
    "channels": (edge.channels.app, edge.channels.settings.Settings, ("ec", "mall")),
}


@dataclass
class Open:
    """An open door: `service` for what comes over Kafka, `client` for what comes over HTTP."""

    service: Harness
    client: httpx.AsyncClient
    keys: dict[str, str]
    runtime: Runtime

    @property
    def door(self) -> Door:
        """What the routes stand on."""
        transport: Any = self.client._transport
        return cast("Door", transport.app.routes[-1].app.state.door)

    def headers(self, holder: str, **more: str) -> dict[str, str]:
        """The headers of a holder's request; a POST gets a new Idempotency-Key unless one is given."""
        named = {name.replace("_", "-"): value for name, value in more.items()}
        return {"Authorization": f"Bearer {self.keys[holder]}", "Idempotency-Key": uuid7(), **named}

    async def post(self, path: str, holder: str, body: Any, **headers: str) -> httpx.Response:
        """POST a body as a holder."""
        return await self.client.post(path, json=body, headers=self.headers(holder, **headers))

    async def get(self, path: str, holder: str, **headers: str) -> httpx.Response:
        """GET as a holder."""
        return await self.client.get(path, headers=self.headers(holder, **headers))

    async def outbox_id(self) -> str:
        """The `ce_id` of the newest message in the outbox."""
        _, newest = (await self.service.outbox())[-1]
        return (dict(newest.headers)["ce_id"] or b"").decode()


OpenDoor = Callable[..., AbstractAsyncContextManager[Open]]


@pytest.fixture
def open_door(new_database: NewDatabase) -> OpenDoor:
    """`async with open_door("partner", body_bytes_max=1024) as door:`"""

    @asynccontextmanager
    async def opened(
        process: str, *, secrets: dict[str, str] | None = None, **limits: Any
    ) -> AsyncIterator[Open]:
        module, settings_class, holders = MODULES[process]
        keys = {holder: new_key() for holder in holders}
        if holders:
            limits = {"api_keys": {digest_of(key): holder for holder, key in keys.items()}, **limits}
        if process in ("shopper", "staff", "board"):
            # As on a developer's machine: a client over http sends no cookie that is for https alone.
            limits = {"public_url": "http://edge", **limits}
        limits = {"requests_per_second": 10_000, "requests_burst": 10_000, **limits}
        configured = settings_class(**limits)
        service: Service = replace(module.SERVICE, http=lambda runtime: module.build(runtime, configured))
        if process == "shopper":
            # How bands are shown is settled where stock comes in.
            made = module.service_of(configured)
            service = replace(made, http=made.public_http)
        if process == "channels":
            # Which sites join is part of the process: it is built from the file of channels.
            made = module.service_of(configured, load(configured.file, secrets or {}))
            service = replace(made, http=made.public_http)
        database = await new_database(service.migrations)
        async with harness(service, database) as running:
            settings = ChassisSettings(database_url=database)

            async def connected(*_: object, **__: object) -> Any:
                return await connect(settings, "test http")

            runtime = Runtime(service, settings)
            runtime.pool = await asyncpg.create_pool(database, min_size=0, max_size=8, connect=connected)
            transport = httpx.ASGITransport(app=build_app(runtime), raise_app_exceptions=False)
            try:
                async with httpx.AsyncClient(transport=transport, base_url="http://edge") as client:
                    yield Open(running, client, keys, runtime)
            finally:
                await runtime.pool.close()

    return opened


class Mothers:
    """Messages and bodies as they usually are."""

    now = staticmethod(lambda: datetime.now(UTC))

    @staticmethod
    def order_body(**changes: Any) -> dict[str, Any]:
        """A body that places an order of one line for pickup."""
        body = {
            "groups": [{"group_id": "g1", "method": "pickup", "location_id": "S001"}],
            "lines": [
                {
                    "line_id": "l1",
                    "group_id": "g1",
                    "sku": "SKU-1",
                    "quantity": 2,
                    "unit_price_jpy": 1980,
                    "tax_percent": 10,
                }
            ],
            "payment": "at_pickup",
        }
        return {**body, **changes}

    def placed(self, command: m.PlaceOrder, **changes: Any) -> m.OrderPlaced:
        """The order service's word that it has the order."""
        return m.OrderPlaced(
            **{
                **command.model_dump(),
                "version": 1,
                "placed_at": command.occurred_at,
                "occurred_at": self.now(),
                **changes,
            }
        )

    def confirmed(self, command: m.PlaceOrder, **changes: Any) -> m.OrderConfirmed:
        """The order is promised."""
        return m.OrderConfirmed(
            **{
                **command.model_dump(),
                "version": 2,
                "occurred_at": self.now(),
                "allocations": [],
                "allocation_version": 1,
                "ready_by": self.now() + timedelta(hours=2),
                **changes,
            }
        )

    def cancelled(self, command: m.PlaceOrder, **changes: Any) -> m.OrderCancelled:
        """All of the order is cancelled."""
        return m.OrderCancelled(
            **{
                **command.model_dump(),
                "version": 3,
                "occurred_at": self.now(),
                "reason": "customer_request",
                "order_finished": True,
                **changes,
            }
        )

    def state(self, command: m.PlaceOrder, **changes: Any) -> m.Order:
        """The whole order, confirmed."""
        values = {
            "order_id": command.order_id,
            "channel": command.channel,
            "version": 2,
            "status": "confirmed",
            "payment": command.payment,
            "allow_partial": False,
            "groups": [{**group.model_dump(), "status": "confirmed"} for group in command.groups],
            "lines": [{**line.model_dump(), "status": "confirmed"} for line in command.lines],
            "allocations": [
                {"allocation_id": "a1", "line_id": "l1", "sku": "SKU-1", "quantity": 2, "location_id": "W9"}
            ],
            "placed_at": command.occurred_at,
            "updated_at": self.now(),
        }
        return m.Order(**{**values, **changes})

    def refusal(self, command: Message, **changes: Any) -> m.CommandRefused:
        """A refusal of a command."""
        values = {
            "command_id": command.identity(),
            "command_type": command.WIRE_TYPE,
            "command_key": command.record_key(),
            "occurred_at": self.now(),
            "reason": "conflicting_body",
            "detail": "another body came first",
        }
        return m.CommandRefused(**{**values, **changes})

    def accepted(self, command: Message) -> m.CommandAccepted:
        """A command is carried out."""
        return m.CommandAccepted(
            command_id=command.identity() or "",
            command_type=command.WIRE_TYPE,
            command_key=command.record_key(),
            occurred_at=self.now(),
        )

    def caused_by(self, message: Message, causation_id: str) -> Record:
        """The record of a message that follows from another."""
        return encode(
            Envelope.for_message(
                message, id=uuid7(), source="tests", time=self.now(), causation_id=causation_id
            ),
            message,
        )

    @staticmethod
    def location(location_id: str, **changes: Any) -> m.Location:
        """A store in Shibuya."""
        values = {
            "location_id": location_id,
            "version": 1,
            "name_ja": f"{location_id}店",
            "name_en": f"Store {location_id}",
            "company_id": "C1",
            "kind": "store",
            "prefecture": "JP-13",
            "city": "渋谷区",
            "address": "1-1",
            "latitude": 35.66,
            "longitude": 139.70,
            "pickup_enabled": True,
            "pick_minutes_per_day": 240,
        }
        return m.Location(**{**values, **changes})

    @staticmethod
    def product(sku: str = "SKU-1", **changes: Any) -> m.Product:
        """A product with a JAN code."""
        values = {
            "sku": sku,
            "version": 1,
            "gtins": ["4512345678906"],
            "style_id": "ST1",
            "name_ja": "シャツ",
            "name_en": "Shirt",
            "category": "shirts",
            "price_jpy": 1980,
            "tax_class": "standard",
            "active": True,
        }
        return m.Product(**{**values, **changes})

    def stock(self, location_id: str, available: int, **changes: Any) -> m.Availability:
        """Stock of SKU-1."""
        values = {
            "location_id": location_id,
            "sku": "SKU-1",
            "available": available,
            "version": 1,
            "as_of": self.now(),
        }
        return m.Availability(**{**values, **changes})

    def feed(self, location_id: str, **changes: Any) -> m.Feed:
        """A location that was heard from just now."""
        values = {"location_id": location_id, "version": 1, "last_seen_at": self.now()}
        return m.Feed(**{**values, **changes})


@pytest.fixture
def a() -> Mothers:
    """`a.location("S001")`"""
    return Mothers()
