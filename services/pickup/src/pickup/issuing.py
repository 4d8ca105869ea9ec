"""Pickup codes on their way out: the one place that sees them."""

import secrets
from dataclasses import replace
from datetime import datetime

from pickup.domain.codes import kept
from pickup.domain.model import Work
from pickup.settings import settings
from tsunagu.chassis import Cause, Transaction
from tsunagu.contracts.digits import digits_hash
from tsunagu.contracts.messages import PickupCode


def new_token() -> str:
    """128 random bits, as characters."""
    return secrets.token_urlsafe(16)


def publish_code(
    tx: Transaction, work: Work, group_id: str, token: str, valid_until: datetime, cause: Cause
) -> Work:
    """The code goes out once, here; what stays are salted hashes."""
    code = PickupCode(
        order_id=work.work_id,
        version=len(work.codes) + 1,
        token=token,
        digits=f"{secrets.randbelow(1_000_000):06}",
        valid_until=valid_until,
        recipient_version=work.recipient_version or None,
    )
    tx.publish(code, cause=cause)
    key = settings().digits_key
    keyed = None if key is None else digits_hash(key.get_secret_value(), work.work_id, code.digits)
    return replace(work, codes=(*work.codes, kept(group_id, token, secrets.token_hex(16), keyed)))
