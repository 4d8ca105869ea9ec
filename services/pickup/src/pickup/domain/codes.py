"""Pickup codes. The token is seen once, when it is made; what is kept tells nobody what it was."""

import hashlib
from dataclasses import replace

from pickup.domain.model import Code


def code_hash(token: str) -> str:
    """What `HandOver.code_hash` and `PickupReady.code_hash` carry: SHA-256 of the token's characters, in hex."""
    return hashlib.sha256(token.encode("ascii")).hexdigest()


def kept(group_id: str, token: str, salt: str) -> Code:
    """A code as it is kept."""
    return Code(group_id, salt, _salted(code_hash(token), salt))


def fits(presented_hash: str, code: Code) -> bool:
    """Whether a presented `code_hash` is the one of this code."""
    return _salted(presented_hash, code.salt) == code.digest


def replaced(code: Code) -> Code:
    """A code that another one has taken the place of: its digest fits nothing."""
    return replace(code, digest="")


def _salted(presented_hash: str, salt: str) -> str:
    return hashlib.sha256(f"{salt}{presented_hash}".encode("ascii")).hexdigest()
