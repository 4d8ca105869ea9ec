"""Pickup codes. Token and digits are seen once, when they are made; what is kept tells nobody what they were."""

import hashlib
from dataclasses import replace

from pickup.domain.model import Code


def code_hash(token: str) -> str:
    """What `HandOver.code_hash` and `PickupReady.code_hash` carry: SHA-256 of the token's characters, in hex."""
    return hashlib.sha256(token.encode("ascii")).hexdigest()


def kept(group_id: str, token: str, salt: str, digits_hash: str | None = None) -> Code:
    """A code as it is kept. Without a `digits_hash` (nobody has the key for it), only its token is good."""
    digits_digest = "" if digits_hash is None else _salted(digits_hash, salt)
    return Code(group_id, salt, _salted(code_hash(token), salt), digits_digest)


def fits(presented_hash: str, code: Code) -> bool:
    """Whether a presented `code_hash` or `digits_hash` is the one of this code, replaced or not."""
    return _salted(presented_hash, code.salt) in (code.digest, code.digits_digest)


def replaced(code: Code) -> Code:
    """A code that another one has taken the place of. Its digests stay, so that whoever shows it can be told so."""
    return replace(code, is_replaced=True)


def _salted(presented_hash: str, salt: str) -> str:
    return hashlib.sha256(f"{salt}{presented_hash}".encode("ascii")).hexdigest()
