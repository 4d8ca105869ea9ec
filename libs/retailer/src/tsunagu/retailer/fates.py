"""What becomes of an order, drawn from the seed and the order's own name: nothing else changes it."""

from random import Random

from tsunagu.contracts.values import Payment, ShortPickKind
from tsunagu.retailer.intentions import Fate, Proof, ReturnWay, Shown

CANCEL_SHARE = 0.08
CANCEL_SECONDS_MAX = 8.0  # before it is confirmed, while it is picked, when it is ready, or too late
NO_SHOW_SHARE = 0.05
SHORT_PICK_SHARE = 0.04
RETURN_SHARE = 0.06
BOTH_PROOFS_SHARE = 0.15
CHANGE_SHARE = 0.06
DIGITS_SHARE = 0.15
NOTHING_SHOWN_SHARE = 0.10
WRONG_CODE_SHARE = 0.10
LOCKED_SHARE = 0.08

LOCKING_CODES = 5
"""Wrong codes after which an order's codes are locked, as pickup's `code_tries_max` has it."""


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
    mind = Random(f"{seed}:mind:{ref}")
    changes_after = round(mind.uniform(0.05, 0.5) * time_scale, 3) if mind.random() < CHANGE_SHARE else None
    shown, wrong_codes = _at_the_desk(Random(f"{seed}:desk:{ref}"))
    return Fate(
        cancels_after=cancels_after if cancels else None,
        changes_after=changes_after,
        comes_after=comes_after if comes else None,
        proof=paid_at_till if payment is Payment.AT_PICKUP else Proof.CODE,
        shown=shown,
        wrong_codes=wrong_codes,
        short_line=rng.randrange(lines) if is_short else None,
        short_kind=rng.choice((ShortPickKind.MISSING, ShortPickKind.MISSING, ShortPickKind.DAMAGED)),
        returns_after=delay(0.5, 5.0) if returns else None,
        return_way=rng.choice((ReturnWay.TILL, ReturnWay.CHANNEL)),
        starts_task_after=delay(0.1, 0.6),
        works=delay(0.2, 1.0),
        delivery_takes=delay(0.8, 2.5),
    )


def _at_the_desk(rng: Random) -> tuple[Shown, int]:
    """What the shopper has with them, and how many wrong codes they show before."""
    way, luck = rng.random(), rng.random()
    shown = Shown.QR_CODE
    if way < DIGITS_SHARE:
        shown = Shown.DIGITS
    elif way < DIGITS_SHARE + NOTHING_SHOWN_SHARE:
        shown = Shown.NOTHING
    if luck < LOCKED_SHARE:
        return shown, LOCKING_CODES
    return shown, 1 if luck < LOCKED_SHARE + WRONG_CODE_SHARE else 0
