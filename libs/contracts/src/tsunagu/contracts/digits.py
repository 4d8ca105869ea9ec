"""What stands for the six digits of a pickup code wherever they have to be named outside `pickup.codes`."""

import hmac
from hashlib import sha256

DIGITS_PATTERN = r"^[0-9]{6}$"
"""Six digits, leading zeros kept."""


def digits_hash(key: str, order_id: str, digits: str) -> str:
    """`HandOver.digits_hash`: HMAC-SHA256 of an order's id and digits, in lower-case hexadecimal.

    A hash without a key hides nothing here: a million digits are tried in a second. Only the service that made the
    digits and the one where they are typed have the key. The order is in it, so that equal digits are not seen to be.
    """
    return hmac.new(key.encode(), f"{order_id}\0{digits}".encode(), sha256).hexdigest()
