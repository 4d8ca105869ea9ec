"""Who buys, and what channels say of them to customer: who they are, what they allow, what they look at."""

from datetime import datetime
from random import Random

from customer import keyring
from tsunagu.contracts import messages as m
from tsunagu.contracts.message import Message
from tsunagu.contracts.values import Identifier, IdentifierKind, PersonalData
from tsunagu.retailer.players.registrars import seal
from tsunagu.testing.simulated_clock import SimulatedClock

from .master_data import SKUS, STORES

PEOPLE = 6
"""Few enough that most buy several times, over several channels."""

_STORE = "store"
_GTIN = "4512345678906"


class People:
    """Draws up what is said of people; `number` is one of them, who has a ref per channel."""

    def __init__(self, random: Random, clock: SimulatedClock) -> None:
        self._random = random
        self._clock = clock
        self._said = 0

    def somebody(self) -> int:
        """One of them."""
        return self._random.randrange(PEOPLE)

    def identification(self, number: int, channel: str) -> Message:
        """A channel says who they are: by their EC account, by their e-mail address, or by nothing but its own ref."""
        knows = self._random.choice(("account", "email", "both", "neither"))
        account = Identifier(kind=IdentifierKind.EC_ACCOUNT, value=ref("ec", number))
        sealed = None
        if knows in ("email", "both"):
            personal = PersonalData(emails=(f"customer-{number}@example.com",))
            sealed = seal(personal, keyring.keyring().public_sealing_key())
        return m.IdentifyCustomer(
            identification_id=self._next_id(),
            customer_ref=ref(channel, number),
            channel=channel,
            identifiers=(account,) if knows in ("account", "both") else (),
            sealed=sealed,
            occurred_at=self._clock.now(),
        )

    def recipient(self, number: int) -> Message:
        """Somebody receives goods, for a customer."""
        personal = PersonalData(family_name="受取")
        return m.RecordRecipient(
            record_id=self._next_id(),
            recipient_ref=recipient_ref(number),
            customer_ref=ref("ec", number),
            channel="ec",
            sealed=seal(personal, keyring.keyring().public_sealing_key()),
            occurred_at=self._clock.now(),
        )

    def consent(self) -> Message:
        """Somebody allows or forbids a use of their data."""
        channel = self._random.choice(("ec", "app"))
        return m.RecordConsent(
            consent_id=self._next_id(),
            customer_ref=ref(channel, self.somebody()),
            channel=channel,
            purpose="newsletter",
            granted=self._random.random() < 0.6,
            occurred_at=self._clock.now(),
        )

    def activity(self) -> Message:
        """Somebody looks at a product online, scans one in a store, or asks which stores have it."""
        number = self.somebody()
        fields = {
            "activity_id": self._next_id(), "visitor_id": f"visitor:{number}", "channel": "app",
            "customer_ref": self._random.choice((ref("app", number), ref("ec", number), None)),
            "occurred_at": self._clock.now(),
        }  # fmt: skip
        sku, here = self._random.choice(SKUS), self._random.choice(STORES)
        kind = self._random.choice((m.ProductViewed, m.ProductScanned, m.StockLookedUp))
        if kind is m.ProductViewed:
            return m.ProductViewed.model_validate({**fields, "sku": sku})
        if kind is m.ProductScanned:
            return m.ProductScanned.model_validate({**fields, "gtin": _GTIN, "sku": sku, "location_id": here})
        return m.StockLookedUp.model_validate({**fields, "sku": sku, "locations_found": 1})

    def merge(self) -> Message:
        """A person decides that a card is an account's."""
        return m.MergeCustomers(
            merge_id=self._next_id(),
            customer_ref=ref("ec", self.somebody()),
            other_ref=ref(_STORE, self.somebody()),
            occurred_at=self._clock.now(),
        )

    def split(self) -> Message:
        """A person decides that an account and a card, or a device, are two customers."""
        number = self.somebody()
        return m.SplitCustomer(
            split_id=self._next_id(),
            customer_ref=ref("ec", number),
            split_refs=(ref(self._random.choice((_STORE, "app")), number),),
            occurred_at=self._clock.now(),
        )

    def erasure(self) -> Message:
        """Somebody asks to be forgotten."""
        channel = self._random.choice(("ec", "app", _STORE))
        return m.EraseCustomer(
            erasure_id=self._next_id(),
            customer_ref=ref(channel, self.somebody()),
            occurred_at=self._clock.now(),
        )

    def _next_id(self) -> str:
        self._said += 1
        return f"said-{self._said}"


def undo_of(event: m.CustomersMerged | m.CustomerSplit, now: datetime) -> Message:
    """A person decides that it was right before."""
    return m.UndoIdentityChange(
        undo_id=f"undo:{event.customer_id}:{event.version}",
        customer_id=event.customer_id,
        change_version=event.version,
        occurred_at=now,
    )


def ref(channel: str, number: int) -> str:
    """Under what a channel knows somebody."""
    return f"{'card' if channel == _STORE else channel}:{number}"


def recipient_ref(number: int) -> str:
    """Under what a channel knows who receives somebody's goods."""
    return f"recipient:{number}"
