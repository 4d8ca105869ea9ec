"""What operators see of the ledger: yen credited, and yen taken back."""

from collections.abc import Sequence

from insight import metrics
from insight.domain.ledger import Cause, CauseKind, Entry
from tsunagu.chassis import Transaction


def count_entries(tx: Transaction, entries: Sequence[Entry]) -> None:
    """Count entries once they are committed."""
    taken_back: dict[Cause, int] = {}
    for entry in entries:
        if entry.cause.kind is CauseKind.SALE:
            party_kind = entry.account.party.kind.value
            tx.count(metrics.CREDITED_YEN, entry.amount_jpy, party_kind=party_kind)
        else:
            taken_back[entry.cause] = taken_back.get(entry.cause, 0) - entry.amount_jpy
    for cause, amount_jpy in taken_back.items():
        tx.count(metrics.CORRECTIONS, cause=cause.kind.value)
        # What becomes known late moves credit between parties and takes none back.
        tx.count(metrics.CORRECTED_YEN, max(amount_jpy, 0), cause=cause.kind.value)
