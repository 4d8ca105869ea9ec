"""What becomes of an order, drawn from the seed and the order's own name: nothing else changes it."""

from random import Random

from tsunagu.contracts.values import Payment, ShortPickKind
from tsunagu.retailer.intentions import Fate, Proof, ReturnWay

CANCEL_SHARE = 0.08
CANCEL_SECONDS_MAX = 8.0  # before it is confirmed, while it is picked, when it is ready, or too late
NO_SHOW_SHARE = 0.05
SHORT_PICK_SHARE = 0.04
RETURN_SHARE = 0.06
BOTH_PROOFS_SHARE = 0.15


def fate_of(seed: int, ref: str, lines: int, payment: Payment, time_scale: float) -> Fate:
    """The fate of the order `ref`. `time_scale` stretches every delay: 1 fits a run of a minute."""
    rng = Random(f"{seed}:fate:{ref}")

    def delay(shortest: float, longest: float) -> float:
        return round(rng.uniform(shortest, longest) * time_scale, 3)

    cancels = rng.random() < CANCEL_SHARE
    cancels_after = delay(0.02, CANCEL_SECONDS_MAX)
    comes = rng.random() >= NO_SHOW_SHARE
    comes_after = delay(0.5, 4.0)
    both = rng.random() < BOTH_PROOFS_SHARE
    is_short = rng.random() < SHORT_PICK_SHARE
    returns = rng.random() < RETURN_SHARE
    paid_at_till = Proof.BOTH if both else Proof.RECEIPT
    return Fate(
        cancels_after=cancels_after if cancels else None,
        comes_after=comes_after if comes else None,
        proof=paid_at_till if payment is Payment.AT_PICKUP else Proof.CODE,
        short_line=rng.randrange(lines) if is_short else None,
        short_kind=rng.choice((ShortPickKind.MISSING, ShortPickKind.MISSING, ShortPickKind.DAMAGED)),
        returns_after=delay(0.5, 5.0) if returns else None,
        return_way=rng.choice((ReturnWay.TILL, ReturnWay.CHANNEL)),
        starts_task_after=delay(0.1, 0.6),
        works=delay(0.2, 1.0),
        delivery_takes=delay(0.8, 2.5),
    )
