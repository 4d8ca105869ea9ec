"""The credit ledger of one sale: entries that bring each account to what it should be."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property

from insight.domain.places import Places, company_of
from insight.domain.policy import Party, PartyKind, Policy, Role
from insight.domain.sale import Document, DocumentKind, Sold, assess
from insight.domain.shares import shares
from tsunagu.contracts.yen import split_yen


class CauseKind(StrEnum):
    """Why something is credited or taken back."""

    SALE = "sale"
    RETURN = "return"
    VOID = "void"
    RETOLD = "retold"
    """Another document tells of the same sale, and is believed before the first."""
    LOCATION = "location"
    """What a location is, or whose, became known late."""
    TOUCHPOINT = "touchpoint"
    """Where the customer had been seen became known late."""
    CUSTOMER = "customer"
    """Who the customer is became known late: two were one, or one was two."""


@dataclass(frozen=True, slots=True)
class Cause:
    """A kind, and the id of the document, of the location, or of the message that told of it."""

    kind: CauseKind
    id: str


@dataclass(frozen=True, slots=True)
class Account:
    """What one party earns in one role by one sold document.

    `company_id` is the party's company, `money_company_id` the one that has the money; None while it is not known.
    """

    document_id: str
    role: Role
    party: Party
    company_id: str | None = None
    money_company_id: str | None = None

    @property
    def crosses_company(self) -> bool:
        """Whether one company earns what another one has been paid."""
        known = self.company_id is not None and self.money_company_id is not None
        return known and self.company_id != self.money_company_id


@dataclass(frozen=True, slots=True)
class Entry:
    """Yen more (positive) or fewer for an account; never 0."""

    account: Account
    amount_jpy: int
    policy_id: str
    cause: Cause


@dataclass(frozen=True, slots=True)
class Rules:
    """By what sales are credited: the policies by id, and the company that runs EC."""

    policies: Mapping[str, Policy]
    ec_company_id: str | None = None


@dataclass(frozen=True)
class Sale:
    """A sale's documents by id, and the balance of its accounts, policies included."""

    documents: Mapping[str, Document] = field(default_factory=dict)
    balances: Mapping[Account, int] = field(default_factory=dict)

    @cached_property
    def sold(self) -> tuple[Sold, ...]:
        """What each sold document amounts to now."""
        return assess(self.documents.values())


@dataclass(frozen=True, slots=True)
class Booked:
    """The sale afterwards, and the entries that led there."""

    sale: Sale
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class AlreadyBooked:
    """This document was booked before: nothing is credited twice."""

    document_id: str


def book(sale: Sale, document: Document, rules: Rules) -> Booked | AlreadyBooked:
    """Add a document to a sale, and credit or correct what follows from it.

    A sold document is credited in full first; what already came back is taken back by entries of its own.
    """
    if document.document_id in sale.documents:
        return AlreadyBooked(document.document_id)
    sale = replace(sale, documents={**sale.documents, document.document_id: document})
    entries: tuple[Entry, ...] = ()
    if document.is_sold:
        new = next(sold for sold in sale.sold if sold.document.document_id == document.document_id)
        credit = divide(new, new.sold_jpy, rules.policies[new.policy_id], rules)
        entries = _entries(sale.balances, credit, {document.document_id}, sale, _cause_of(document))
        sale = _with(sale, entries)
        if len(sale.documents) == 1:
            return Booked(sale, entries)  # nothing came back of it yet: there is nothing to correct
    corrected = reassess(sale, _correction_cause(sale, document), rules)
    return Booked(corrected.sale, entries + corrected.entries)


def learn(sale: Sale, places: Places) -> Sale:
    """The sale with what its documents did not know of these locations. `reassess` credits it anew."""
    documents = {
        document_id: replace(
            document,
            places={
                **document.places,
                **{one: places[one] for one in document.unknown_location_ids if one in places},
            },
        )
        for document_id, document in sale.documents.items()
    }
    return replace(sale, documents=documents)


def reassess(sale: Sale, cause: Cause, rules: Rules) -> Booked:
    """Bring every account to what it should be by the documents and rules of now."""
    wanted: dict[Account, int] = {}
    documents = set()
    for sold in sale.sold:
        wanted.update(divide(sold, sold.kept_jpy, rules.policies[sold.policy_id], rules))
        documents.add(sold.document.document_id)
    entries = _entries(sale.balances, wanted, documents, sale, cause)
    return Booked(_with(sale, entries), entries)


def divide(sold: Sold, amount_jpy: int, policy: Policy, rules: Rules) -> dict[Account, int]:
    """The amount by account, as a policy has it. Two shares of one party in one role are one account."""
    places = sold.document.places
    paid_at = sold.basis.paid_at
    money_company_id = rules.ec_company_id if paid_at is None else company_of(paid_at, places)
    divided = shares(policy, sold.basis, places)
    credit: dict[Account, int] = {}
    for share, part in zip(divided, split_yen(amount_jpy, [share.weight for share in divided]), strict=True):
        if share.party.kind is PartyKind.STORE:
            company_id = company_of(share.party.party_id, places)
        else:
            company_id = policy.company_of(share.party.party_id) or rules.ec_company_id
        account = Account(sold.document.document_id, share.role, share.party, company_id, money_company_id)
        credit[account] = credit.get(account, 0) + part
    return credit


def _entries(
    balances: Mapping[Account, int],
    wanted: Mapping[Account, int],
    documents: Iterable[str],
    sale: Sale,
    cause: Cause,
) -> tuple[Entry, ...]:
    """The differences between the balances of these documents and what is wanted."""
    among = set(documents)
    held = [account for account in balances if account.document_id in among and account not in wanted]
    return tuple(
        Entry(account, difference, sale.documents[account.document_id].policy_id or "", cause)
        for account in (*wanted, *held)
        if (difference := wanted.get(account, 0) - balances.get(account, 0))
    )


def _with(sale: Sale, entries: Iterable[Entry]) -> Sale:
    balances = dict(sale.balances)
    for entry in entries:
        balances[entry.account] = balances.get(entry.account, 0) + entry.amount_jpy
    return replace(sale, balances=balances)


def _cause_of(document: Document) -> Cause:
    match document.kind:
        case DocumentKind.RETURN:
            return Cause(CauseKind.RETURN, document.document_id)
        case DocumentKind.VOID:
            return Cause(CauseKind.VOID, document.document_id)
        case _:
            return Cause(CauseKind.SALE, document.document_id)


def _correction_cause(sale: Sale, document: Document) -> Cause:
    """What a correction is due to: the document itself, or what had waited for it."""
    if not document.is_sold:
        return _cause_of(document)
    waited = [other for other in sale.documents.values() if not other.is_sold]
    if waited:
        return _cause_of(min(waited, key=lambda other: (other.occurred_at, other.document_id)))
    return Cause(CauseKind.RETOLD, document.document_id)
