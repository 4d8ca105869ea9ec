"""What was paid, as the payment page says it: a browser's word alone moves no goods (docs/decisions/0043)."""

import hashlib
import hmac
from urllib.parse import urlencode

from edge.problems import FieldError, Problem
from edge.shopper.buying.bodies import Paid
from edge.shopper.settings import Settings
from tsunagu.contracts.ids import uuid7


def where_to_pay(total_jpy: int, settings: Settings) -> str:
    """The address at which this much is paid, once; signed, so that nobody is asked for less."""
    payment_id, return_to = uuid7(), settings.cart_url
    asked = {
        "payment_id": payment_id,
        "amount_jpy": total_jpy,
        "return_to": return_to,
        "signature": _signature(settings, "pay", payment_id, total_jpy, return_to),
    }
    return f"{settings.payment_page}?{urlencode(asked)}"


def must_be_paid(paid: Paid, total_jpy: int, settings: Settings) -> None:
    """Raise Problem 422 where the payment page has not signed that this total was paid."""
    expected = _signature(settings, "paid", paid.payment_id, total_jpy)
    if not hmac.compare_digest(expected, paid.signature):
        raise Problem(
            422,
            "invalid",
            "This payment is not known here. Nothing was ordered, and no money is taken.",
            errors=[FieldError(pointer="/paid", detail="it was not signed for this total")],
        )


def order_id_of(paid: Paid) -> str:
    """The order that a payment is for: whoever shows it again, it is the same order."""
    return _derived("order", paid.payment_id)


def recipient_ref_of(paid: Paid) -> str:
    """Whom that order is sent to. No table here has a payment's id, so none leads from an order to a ref."""
    return f"recipient:{_derived('recipient', paid.payment_id)}"


def _derived(what: str, payment_id: str) -> str:
    return hashlib.sha256(f"{what} of payment {payment_id}".encode()).hexdigest()[:32]


def _signature(settings: Settings, *parts: object) -> str:
    # A line for each part: none of them has a line feed, so no two lists of parts are signed alike.
    assert settings.payment_key is not None
    key = settings.payment_key.get_secret_value().encode()
    return hmac.digest(key, "\n".join(map(str, parts)).encode(), "sha256").hex()
