"""The EC site, the web shop, the app and counters: they place and cancel orders, and shoppers are asked to choose."""

import asyncio
from collections.abc import Mapping, Sequence
from itertools import cycle
from random import Random

from tsunagu.contracts.messages import CancelOrder, ChangeFulfilment, ChoiceRequested
from tsunagu.contracts.topics import ORDER_EVENTS
from tsunagu.contracts.values import ChoiceKind, FulfilmentMethod, LineQuantity
from tsunagu.retailer.door import Door
from tsunagu.retailer.intentions import WEBSHOP, OrderAct
from tsunagu.retailer.order_documents import place_order
from tsunagu.retailer.order_script import STORE
from tsunagu.retailer.players.link_holders import LinkHolders
from tsunagu.retailer.prefectures import TOKYO
from tsunagu.retailer.stage import Stage

_BY_LINK, _AT_THE_CHANNEL, _NOT_AT_ALL = "by_link", "at_the_channel", "not_at_all"
ANSWERS = (_BY_LINK, _AT_THE_CHANNEL, _NOT_AT_ALL, _NOT_AT_ALL)
"""How shoppers answer who are asked to choose, one after the other: half of them let the time pass."""

BY_LINK_ONLY = frozenset({STORE, WEBSHOP})
"""Channels that take orders and cancel them; whoever ordered there has the link as everybody has."""


class Channels:
    """All channels. `doors` says by channel how it gives its commands; `links` are the shoppers who answer by mail.

    `stores` are the places that a shopper may choose instead of the one that lacks something.
    """

    def __init__(
        self,
        stage: Stage,
        acts: tuple[OrderAct, ...],
        by_order: Mapping[str, OrderAct],
        doors: Mapping[str, Door],
        stores: Sequence[str],
        links: LinkHolders | None = None,
    ) -> None:
        self._stage = stage
        self._acts = acts
        self._by_order = by_order
        self._doors = doors
        self._stores = stores
        self._links = links
        self._answers = cycle(ANSWERS)
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
        if act is None or act.fate.cancels_after is not None:
            return
        rng = Random(f"choice:{event.order_id}:{event.version}")
        options = [option for option in event.options if option.kind is not ChoiceKind.CANCEL]
        if not options:
            return
        option = rng.choice(options)
        store = None
        if option.kind is ChoiceKind.PICKUP_ELSEWHERE:
            store = option.location_id or rng.choice(self._stores)
        prefecture = None if store is not None else act.prefecture or TOKYO
        way = next(self._answers)
        by_link = way == _BY_LINK or (act.channel in BY_LINK_ONLY and way != _NOT_AT_ALL)
        if self._links is not None and by_link:
            self._stage.begin(self._links.choose(event, store, prefecture))
        elif way != _NOT_AT_ALL:
            self._stage.begin(self._doors[act.channel].give(self._change(event, act, store, prefecture)))

    def _change(
        self, event: ChoiceRequested, act: OrderAct, store: str | None, prefecture: str | None
    ) -> ChangeFulfilment:
        group_id = event.lines[0].group_id
        return ChangeFulfilment(
            change_id=f"{event.order_id}-change-{event.version}",
            order_id=event.order_id,
            channel=act.channel,
            group_id=group_id,
            method=FulfilmentMethod.SHIP if store is None else FulfilmentMethod.PICKUP,
            location_id=store,
            prefecture=prefecture,
            lines=tuple(
                LineQuantity(line_id=line.line_id, quantity=line.quantity)
                for line in event.lines
                if line.group_id == group_id
            ),
            occurred_at=self._stage.clock.now,
        )


def order_id(run_id: str, act: OrderAct) -> str:
    """The id that a channel gives to an order of this run."""
    own = f"{run_id}-{act.ref}"
    return f"{WEBSHOP}:{own}" if act.channel == WEBSHOP else own


def source_of(channel: str) -> str:
    """Who sends for a channel."""
    return "ec-site" if channel == "ec" else f"channel/{channel}"
