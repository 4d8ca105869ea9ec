"""Signatures of webhooks: HMAC-SHA256, compared in constant time, before anything of the body is looked at.

Two ways: over the raw body (Shopify), and over id, timestamp and body (Standard Webhooks, https://www.standardwebhooks.com).
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import datetime

from pydantic import SecretBytes

_VERSION = "v1"
_TIMESTAMP = re.compile(r"[0-9]{1,11}")


def body_signature(secret: SecretBytes, body: bytes) -> str:
    """The signature of a raw body, in base64."""
    digest = hmac.new(secret.get_secret_value(), body, hashlib.sha256).digest()
    return base64.b64encode(digest).decode("ascii")


def is_body_signed(secrets: Sequence[SecretBytes], body: bytes, given: str | None) -> bool:
    """Whether one of the secrets made the signature that came with a body."""
    return _is_one_of([body_signature(secret, body) for secret in secrets], [given or ""])


def standard_signature(secrets: Sequence[SecretBytes], message_id: str, sent_at: int, body: bytes) -> str:
    """The signatures of all secrets, so that a receiver that knows one of them is content."""
    signed = b".".join((message_id.encode(), str(sent_at).encode(), body))
    return " ".join(f"{_VERSION},{body_signature(secret, signed)}" for secret in secrets)


def is_standard_signed(
    secrets: Sequence[SecretBytes],
    message_id: str | None,
    timestamp: str | None,
    body: bytes,
    given: str | None,
    *,
    now: datetime,
    age_seconds_max: float,
) -> bool:
    """Whether one of the secrets signed id, timestamp (seconds since 1970) and body, not too long ago or ahead."""
    if message_id is None or timestamp is None or _TIMESTAMP.fullmatch(timestamp) is None:
        return False
    if abs(now.timestamp() - int(timestamp)) > age_seconds_max:
        return False
    wanted = standard_signature(secrets, message_id, int(timestamp), body).split(" ")
    return _is_one_of(wanted, (given or "").split(" "))


def _is_one_of(wanted: Sequence[str], given: Sequence[str]) -> bool:
    # Every pair is compared to its end: how long it takes says nothing of which of them fits, or where.
    found = False
    for ours in wanted:
        for theirs in given:
            found |= hmac.compare_digest(ours.encode(), theirs.encode("utf-8", "surrogateescape"))
    return found
