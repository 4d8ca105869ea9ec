"""The EC site and the app: they place orders, cancel some, and answer when goods can't be had as ordered."""

import asyncio
from collections.abc import Mapping, Sequence
from random import Random

from tsunagu.contracts.messages import CancelOrder, ChangeFulfilment, ChoiceRequested
from tsunagu.contracts.topics import ORDER_EVENTS
from tsunagu.contracts.values import ChoiceKind, FulfilmentMethod, LineQuantity
from tsunagu.retailer.door import Door
from tsunagu.retailer.intentions import OrderAct
from tsunagu.retailer.order_documents import place_order
from tsunagu.retailer.prefectures import TOKYO
from tsunagu.retailer.stage import Stage

CHOICE_ANSWERED_SHARE = 0.5
"""Shoppers who choose another way when asked; the others let the time pass."""


class Channels:
    """Both channels. `doors` says by channel how it gives its commands.

    `stores` are the places that a shopper may choose instead of the one that lacks something.
    """

    def __init__(
        self,
        stage: Stage,
        acts: tuple[OrderAct, ...],
        by_order: Mapping[str, OrderAct],
        doors: Mapping[str, Door],
        stores: Sequence[str],
    ) -> None:
        self._stage = stage
        self._acts = acts
        self._by_order = by_order
        self._doors = doors
        self._stores = stores
        stage.news.listen(ORDER_EVENTS, ChoiceRequested, self._asked_to_choose)

    async def play(self) -> None:
        """Place every order when its time has come."""
        for act in self._acts:
            await self._stage.clock.until(act.placed_at)
            self._stage.begin(self._place(act))
            if act.fate.cancels_after is not None:
                self._stage.begin(self._cancel(act, act.fate.cancels_after))

    async def _place(self, act: OrderAct) -> None:
        command = place_order(act, order_id(self._stage.run_id, act), self._stage.clock.now)
        await self._doors[act.channel].give(command)

    async def _cancel(self, act: OrderAct, after: float) -> None:
        await asyncio.sleep(after)
        its_id = order_id(self._stage.run_id, act)
        command = CancelOrder(
            cancel_id=f"{its_id}-cancel",
            order_id=its_id,
            channel=act.channel,
            occurred_at=self._stage.clock.now,
        )
        await self._doors[act.channel].give(command)

    def _asked_to_choose(self, event: ChoiceRequested) -> None:
        act = self._by_order.get(event.order_id)
        rng = Random(f"choice:{event.order_id}:{event.version}")
        if act is None or act.fate.cancels_after is not None or rng.random() >= CHOICE_ANSWERED_SHARE:
            return
        kinds = [option.kind for option in event.options if option.kind is not ChoiceKind.CANCEL]
        if not kinds:
            return
        elsewhere = rng.choice(kinds) is ChoiceKind.PICKUP_ELSEWHERE
        group_id = event.lines[0].group_id
        command = ChangeFulfilment(
            change_id=f"{event.order_id}-change-{event.version}",
            order_id=event.order_id,
            channel=act.channel,
            group_id=group_id,
            method=FulfilmentMethod.PICKUP if elsewhere else FulfilmentMethod.SHIP,
            location_id=rng.choice(self._stores) if elsewhere else None,
            prefecture=None if elsewhere else act.prefecture or TOKYO,
            lines=tuple(
                LineQuantity(line_id=line.line_id, quantity=line.quantity)
                for line in event.lines
                if line.group_id == group_id
            ),
            occurred_at=self._stage.clock.now,
        )
        self._stage.begin(self._doors[act.channel].give(command))


def order_id(run_id: str, act: OrderAct) -> str:
    """The id that a channel gives to an order of this run."""
    return f"{run_id}-{act.ref}"


def source_of(channel: str) -> str:
    """Who sends for a channel."""
    return "ec-site" if channel == "ec" else f"channel/{channel}"
