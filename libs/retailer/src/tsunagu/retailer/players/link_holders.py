"""Shoppers who ask by the link in their mail: they answer a question, or change their mind unprompted."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from random import Random

from tsunagu.contracts.messages import ChoiceRequested, OrderConfirmed, OrderLink
from tsunagu.contracts.topics import ORDER_EVENTS, ORDER_LINKS
from tsunagu.contracts.values import ChoiceKind, LinkPurpose, Payment
from tsunagu.retailer.intentions import OrderAct
from tsunagu.retailer.link_door import LinkDoor
from tsunagu.retailer.occurrences import ASKED_BY_LINK
from tsunagu.retailer.prefectures import TOKYO
from tsunagu.retailer.stage import Stage

LOOK_SECONDS = 0.1
"""How often a shopper looks whether the mail has come."""

CHANGE_SECONDS_MAX = 5.0
"""How long one tries who wants a change unprompted; then it is too late for it."""


class LinkHolders:
    """All of them. `door` opens what they were mailed; `stores` are the places that they may choose."""

    def __init__(
        self, stage: Stage, by_order: Mapping[str, OrderAct], door: LinkDoor, stores: Sequence[str]
    ) -> None:
        self._stage = stage
        self._by_order = by_order
        self._door = door
        self._stores = stores
        self._mailed: dict[tuple[LinkPurpose, str], OrderLink] = {}
        self._changed: set[str] = set()
        stage.news.listen(ORDER_LINKS, OrderLink, self._got_link)
        stage.news.listen(ORDER_EVENTS, OrderConfirmed, self._is_confirmed)

    def _got_link(self, link: OrderLink) -> None:
        self._mailed[link.purpose, link.order_id] = link

    def _is_confirmed(self, event: OrderConfirmed) -> None:
        act = self._by_order.get(event.order_id)
        if act is None or act.fate.changes_after is None or act.fate.cancels_after is not None:
            return
        if event.order_id not in self._changed:
            self._changed.add(event.order_id)
            self._stage.begin(self._change(event, act, act.fate.changes_after))

    async def _change(self, event: OrderConfirmed, act: OrderAct, after: float) -> None:
        """What was to be collected is delivered, where it is paid; anything else is collected somewhere else."""
        await asyncio.sleep(after)
        others = [store for store in self._stores if store != act.pickup_at]
        store = None
        if act.pickup_at is None or act.payment is Payment.AT_PICKUP:
            if not others:
                return
            store = Random(f"change:{event.order_id}").choice(others)
        until = self._stage.clock.now + timedelta(seconds=CHANGE_SECONDS_MAX)
        link = await self._link(LinkPurpose.ORDER, event.order_id, None, until)
        await self._ask(link, store, act.prefecture, until)

    async def choose(self, event: ChoiceRequested, store: str | None, prefecture: str | None) -> None:
        """Answer a question with a store, or with delivery; each question has a link of its own."""
        link = await self._link(LinkPurpose.CHOICE, event.order_id, event.answer_by, event.answer_by)
        await self._ask(link, store, prefecture, event.answer_by)

    async def _link(
        self, purpose: LinkPurpose, order_id: str, valid_until: datetime | None, until: datetime
    ) -> OrderLink | None:
        """What was mailed; None if nothing has come `until` then."""
        while self._stage.clock.now < until:
            link = self._mailed.get((purpose, order_id))
            if link is not None and valid_until in (None, link.valid_until):
                return link
            await asyncio.sleep(LOOK_SECONDS)
        return None

    async def _ask(
        self, link: OrderLink | None, store: str | None, prefecture: str | None, until: datetime
    ) -> None:
        if link is None:
            return
        choice = {"kind": ChoiceKind.SHIP.value, "prefecture": prefecture or TOKYO}
        if store is not None:
            choice = {"kind": ChoiceKind.PICKUP_ELSEWHERE.value, "location_id": store}
        if await self._door.answer(link.token, choice, until):
            self._stage.did[ASKED_BY_LINK] += 1
