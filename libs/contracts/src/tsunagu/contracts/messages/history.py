"""What a shopper has bought, shown to whoever proves to hold the mail address of that customer."""

from typing import Annotated, ClassVar

from pydantic import Field

from tsunagu.contracts.message import Command, State
from tsunagu.contracts.values import Count, Flag, HistoryPurchase, Id, Instant, PersonRef, Sealed

HISTORY_PURCHASES_MAX = 100
"""Most purchases of one history: with the most lines of each it stays below a record's 1 MiB."""


class HistoryLinkCommand(Command):
    """What is asked of a link by which somebody sees a customer's purchases."""

    KEY: ClassVar[tuple[str, ...]] = ("link_id",)

    link_id: Id


class AskHistoryLink(HistoryLinkCommand):
    """Somebody wants to see the purchases of a member card or account: a code goes to its customer's own address.

    It is answered alike whether or not anybody holds that number.
    """

    WIRE_TYPE: ClassVar[str] = "tsunagu.customer.ask_history_link.v1"
    IDENTITY: ClassVar[tuple[str, ...]] = ("link_id",)

    customer_ref: PersonRef
    """Of the card or account, as channels name it."""


class ProveHistoryLink(HistoryLinkCommand):
    """Whoever asked has typed the digits of a code."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.customer.prove_history_link.v1"
    IDENTITY: ClassVar[tuple[str, ...]] = ("proof_id",)

    proof_id: Id
    sealed: Annotated[Sealed, Field(repr=False)]
    """A `HistoryProof`, sealed for customer's key."""


class EndHistoryLink(HistoryLinkCommand):
    """Whoever asked does not want to see the purchases any more."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.customer.end_history_link.v1"
    IDENTITY: ClassVar[tuple[str, ...]] = ("ending_id",)

    ending_id: Id


class CustomerHistory(State):
    """What a link shows: nothing until it is proven, then what its customer has bought. Deleted when the link ends."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.customer.history.v1"
    KEY: ClassVar[tuple[str, ...]] = ("link_id",)

    link_id: Id
    proven: Flag
    guesses_left: Count
    """How many more times digits may be wrong; then the link ends."""
    valid_until: Instant
    """Of the code until it is proven, then of the link."""
    purchases: Annotated[tuple[HistoryPurchase, ...], Field(max_length=HISTORY_PURCHASES_MAX)] = ()
    """The newest first."""
    has_more: Flag = False
    """Whether there are older ones that are not shown."""
