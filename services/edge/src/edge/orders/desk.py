"""What the routes of a door do with the orders of one holder; another's order is never found."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from pydantic import BaseModel

from edge.command_routes import traceparent_of
from edge.idempotency import digest_of, once
from edge.orders.followed import SQL, FollowedOrders
from edge.orders.views import OrderView, order_view
from edge.problems import Problem
from edge.settings import FollowingSettings
from edge.web_app import Door, reading, writing
from tsunagu.chassis import Transaction, clock
from tsunagu.contracts.message import Message
from tsunagu.contracts.messages import PlaceOrder


def no_such_order() -> Problem:
    """404, for another holder's order as for one that never was."""
    return Problem(404, "not-found", "No order of yours has this id.")


def following_of(door: Door) -> FollowingSettings:
    """How the orders of a door are followed."""
    assert isinstance(door.settings, FollowingSettings)
    return door.settings


@dataclass(frozen=True, slots=True)
class Asked:
    """A request for something to happen: whose, and what makes it the same request when it comes again."""

    holder: str
    key: str
    digest: str
    traceparent: str | None

    @classmethod
    def by(cls, request: Request, holder: str, key: str, body: BaseModel) -> "Asked":
        """What a holder asks with an Idempotency-Key and a body."""
        return cls(holder, key, digest_of(request, body), traceparent_of(request))


@dataclass(frozen=True, slots=True)
class OrderDesk:
    """The orders of a process, and where each can be asked for: `links` by name, with `{order_id}`."""

    followed: FollowedOrders
    links: Mapping[str, str]

    async def place(
        self, door: Door, asked: Asked, make: Callable[[Transaction], Awaitable[PlaceOrder]]
    ) -> dict[str, Any]:
        """Give the command that `make` makes, once; returns where the order is."""
        async with writing(door) as transaction:

            async def act() -> dict[str, Any]:
                command = await make(transaction)
                message_id = await self._give(transaction, asked, command)
                await transaction.connection.execute(
                    SQL.insert_followed_order,
                    command.order_id,
                    asked.holder,
                    command.channel,
                    transaction.now,
                    message_id,
                )
                links = {**self.links_of(command.order_id), "command": f"/v1/commands/{message_id}"}
                return {"order_id": command.order_id, "command_id": message_id, "links": links}

            return await once(transaction, asked.holder, asked.key, asked.digest, act)

    async def ask(
        self,
        door: Door,
        asked: Asked,
        order_id: str,
        make: Callable[[Transaction], Message],
    ) -> dict[str, Any]:
        """Give the command that `make` makes for an order, once.

        Raises Problem 404 for an order that is not the holder's.
        """
        async with writing(door) as transaction:
            if await transaction.connection.fetchval(SQL.lock_own_order, order_id, asked.holder) is None:
                raise no_such_order()

            async def act() -> dict[str, Any]:
                message_id = await self._give(transaction, asked, make(transaction))
                return {"command_id": message_id, "links": {"self": f"/v1/commands/{message_id}"}}

            return await once(transaction, asked.holder, asked.key, asked.digest, act)

    async def view(self, door: Door, holder: str, order_id: str) -> OrderView:
        """An order as it stands. Raises Problem 404 for one that is not the holder's."""
        async with reading(door) as connection:
            row = await connection.fetchrow(SQL.read_own_order, order_id, holder)
        if row is None:
            raise no_such_order()
        return order_view(dict(row), self.links_of(order_id))

    async def newest(self, door: Door, holder: str, limit: int) -> list[OrderView]:
        """The newest orders of a holder."""
        async with reading(door) as connection:
            rows = await connection.fetch(SQL.read_own_orders, holder, limit)
        return [order_view(dict(row), self.links_of(row["order_id"])) for row in rows]

    async def code(self, door: Door, holder: str, order_id: str) -> dict[str, Any]:
        """The pickup code of an order. Raises Problem 404 where there is none now, or it is another's."""
        async with reading(door) as connection:
            row = await connection.fetchrow(SQL.read_code, order_id, holder, clock.now())
        if row is None:
            raise Problem(404, "not-found", "No order of yours with this id has a pickup code now.")
        return dict(row)

    async def decided(self, door: Door, holder: str, order_id: str, seconds: float) -> bool:
        """Wait until the order's state is that of one that was confirmed, or has ended; False when time is up first."""
        seconds = min(seconds, following_of(door).wait_seconds_max)
        with self.followed.watch.on(order_id, holder) as changed:
            try:
                async with asyncio.timeout(seconds):
                    while True:
                        changed.clear()
                        async with reading(door) as connection:
                            if await connection.fetchval(SQL.is_decided, order_id):
                                return True
                        await changed.wait()
            except TimeoutError:
                return False

    def links_of(self, order_id: str) -> dict[str, str]:
        """Where an order is and what can be done with it."""
        return {name: link.format(order_id=order_id) for name, link in self.links.items()}

    async def _give(self, transaction: Transaction, asked: Asked, command: Message) -> str:
        return await self.followed.commands.give(
            transaction, command, holder=asked.holder, digest=asked.digest, traceparent=asked.traceparent
        )
