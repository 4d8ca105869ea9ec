"""A shopper with a card and an account, links that are asked for, and the codes that are mailed."""

import re
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import pytest

from customer import keyring, sealing
from tsunagu.chassis import clock
from tsunagu.contracts import messages as m
from tsunagu.contracts.message import Message
from tsunagu.contracts.topics import CUSTOMER_HISTORIES
from tsunagu.contracts.values import HistoryProof
from tsunagu.testing.harness import Harness, all_of
from tsunagu.testing.mail_server import TestMailServer


def _new() -> str:
    return uuid.uuid4().hex


class Shopper:
    """Somebody with a card and an account of the EC site, one mail address, and purchases under both."""

    def __init__(self, number: str) -> None:
        self.card = f"card:{number}"
        self.account = f"ec:{number}"
        self.email = f"{number}@example.jp"


class AskedLink:
    """A link that somebody asks for, and what is said of it."""

    def __init__(self, ref: str) -> None:
        self.link_id = _new()
        self.ref = ref

    def asked(self, at: datetime | None = None) -> m.AskHistoryLink:
        return m.AskHistoryLink(link_id=self.link_id, customer_ref=self.ref, occurred_at=at or clock.now())

    def guess(self, digits: str, *, sealed_for: str | None = None) -> m.ProveHistoryLink:
        proof = HistoryProof(link_id=sealed_for or self.link_id, digits=digits)
        return m.ProveHistoryLink(
            link_id=self.link_id,
            proof_id=_new(),
            sealed=sealing.seal(proof, keyring.keyring().public_sealing_key()),
            occurred_at=clock.now(),
        )

    def ended(self) -> m.EndHistoryLink:
        return m.EndHistoryLink(link_id=self.link_id, ending_id=_new(), occurred_at=clock.now())

    def states(self, messages: Sequence[Message]) -> list[m.CustomerHistory]:
        """What was published of this link, in order."""
        return [one for one in all_of(messages, m.CustomerHistory) if one.link_id == self.link_id]

    def is_deleted(self, service: Harness) -> bool:
        """Whether the topic holds nothing of it any more."""
        return service.compacted[CUSTOMER_HISTORIES.name][self.link_id.encode()].value is None


class Codes:
    """The mails that the shopper gets."""

    def __init__(self, service: Harness, mail: TestMailServer, post: Any) -> None:
        self.service = service
        self._mail = mail
        self._post = post

    async def mailed(self) -> list[tuple[str, str]]:
        """What is mailed now: to whom, and the text."""
        before = len(self._mail.deliveries)
        await self._post.go_round()
        return [(one.recipient, one.text) for one in self._mail.deliveries[before:]]

    async def code_for(self, link: AskedLink) -> str:
        """Ask for the link and read the digits in the mail; what the service says of it is taken."""
        await self.service.deliver(link.asked())
        [digits] = re.findall(r"\b[0-9]{8}\b", " ".join(text for _, text in await self.mailed()))
        return str(digits)

    async def proven(self, ref: str) -> AskedLink:
        """A link that is proven; its mails are read."""
        link = AskedLink(ref)
        await self.service.deliver(link.guess(await self.code_for(link)))
        await self.mailed()
        return link


@pytest.fixture(scope="session")
def link_to() -> Callable[[str], AskedLink]:
    """`link_to(ref)`: a new link to the purchases of whoever holds a ref."""
    return AskedLink


@pytest.fixture
def codes(service: Harness, mail: TestMailServer, post: Any) -> Codes:
    """The mail server, and what it is given."""
    return Codes(service, mail, post)


@pytest.fixture
def new_buyer(service: Harness, a: Any) -> Callable[..., Any]:
    """`shopper = await new_buyer()`: identified, with one purchase in a store and one on the EC site."""

    async def make() -> Shopper:
        one = Shopper(_new())
        await service.deliver(
            a.identification(one.account, others=[one.card], emails=(one.email,), family_name="山田"),
            a.sale(one.card, jpy=1100, at=a.ago(days=3)),
            a.completed(_new(), one.account, jpy=3300, at=a.ago(days=1)),
        )
        await service.work_due()
        return one

    return make
