"""Plays a script: everybody acts at the same time, each at their own moments."""

import asyncio
from collections.abc import Mapping
from typing import Any

from tsunagu.contracts.topics import CUSTOMER_EVENTS, INVENTORY_EVENTS, ORDER_EVENTS, PICKUP_EVENTS
from tsunagu.retailer.chain import Chain
from tsunagu.retailer.clock import Clock
from tsunagu.retailer.desk import Desk
from tsunagu.retailer.door import Door, KafkaDoor
from tsunagu.retailer.intentions import Script
from tsunagu.retailer.link_door import LinkDoor
from tsunagu.retailer.newsfeed import Newsfeed
from tsunagu.retailer.players.carriers import Carriers
from tsunagu.retailer.players.channels import Channels, order_id, source_of
from tsunagu.retailer.players.dispatchers import Dispatchers, transfer_id
from tsunagu.retailer.players.link_holders import LinkHolders
from tsunagu.retailer.players.managers import Managers
from tsunagu.retailer.players.registrars import Registrars
from tsunagu.retailer.players.settlers import Settlers
from tsunagu.retailer.players.shoppers import Shoppers
from tsunagu.retailer.players.staff import Staff
from tsunagu.retailer.players.tills import Tills
from tsunagu.retailer.sender import KafkaSender
from tsunagu.retailer.staff_door import StaffDoor
from tsunagu.retailer.stage import Stage


class Play:
    """One performance of a script; its clock starts when it is made. Make it before anything of it is sent.

    `run_id` marks its ids. `doors` names the channels that do not write to the topics themselves. `public_key` is
    customer's (JWK); without it nobody is identified. Without `counters` nobody types digits, and without `links`
    nobody asks by mail.
    """

    def __init__(
        self,
        script: Script,
        chain: Chain,
        run_id: str,
        kafka: KafkaSender,
        news: Newsfeed,
        doors: Mapping[str, Door] | None = None,
        public_key: Mapping[str, Any] | None = None,
        counters: StaffDoor | None = None,
        links: LinkDoor | None = None,
    ) -> None:
        self.desk = Desk()
        self.stage = Stage(run_id, Clock(), kafka, news, self.desk)
        self._over = False
        by_order = {order_id(run_id, act): act for act in script.order_acts}
        news.listen_to_all(ORDER_EVENTS, self.desk.hear)
        news.listen_to_all(PICKUP_EVENTS, self.desk.hear)
        news.listen_to_all(CUSTOMER_EVENTS, self.desk.hear)
        news.listen_to_all(INVENTORY_EVENTS, self.desk.hear)
        identities = script.identity_acts if public_key is not None else ()
        self._registrars = Registrars(self.stage, identities, public_key or {})
        self._tills = Tills(self.stage, script.till_acts)
        ways: dict[str, Door] = {
            channel: KafkaDoor(self.desk, kafka, source_of(channel))
            for channel in {act.channel for act in script.order_acts}
        }
        ways |= doors or {}
        stores = tuple(store.location_id for store in chain.stores)
        holders = LinkHolders(self.stage, by_order, links, stores) if links is not None else None
        self._channels = Channels(self.stage, script.order_acts, by_order, ways, stores, holders)
        self._managers = Managers(self.stage, script.pause_acts)
        self._carriers = Carriers(self.stage)
        self._shoppers = Shoppers(self.stage, by_order, stores, ways, counters)
        self._dispatchers = Dispatchers(self.stage, script.truck_acts)
        by_transfer = {transfer_id(run_id, act): act for act in script.truck_acts}
        self._staff = Staff(self.stage, by_order, by_transfer)
        self._settlers = Settlers(self.stage)

    @property
    def is_over(self) -> bool:
        """Whether all of the script was sent and nobody is about to do anything more."""
        return self._over and self.stage.busy == 0

    async def run(self) -> None:
        """Send all of the script, each part at its time. Raises what an actor raised."""
        acts = asyncio.gather(
            self._tills.play(),
            self._channels.play(),
            self._registrars.play(),
            self._managers.play(),
            self._dispatchers.play(),
        )
        failure = asyncio.ensure_future(self.stage.failure())
        try:
            await asyncio.wait((acts, failure), return_when=asyncio.FIRST_COMPLETED)
            if failure.done():
                failure.result()
            await acts
            self._over = True
        finally:
            acts.cancel()
            failure.cancel()
            await asyncio.gather(acts, failure, return_exceptions=True)
