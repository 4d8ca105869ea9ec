"""API keys: who calls, by the SHA-256 of the key. A key is 256 random bits, so that a plain digest hides it."""

import hashlib
import secrets
from collections.abc import Mapping

KEY_BYTES = 32
KEY_CHARACTERS_MAX = 200


def new_key() -> str:
    """A key that nobody has yet."""
    return f"tsu_{secrets.token_urlsafe(KEY_BYTES)}"


def digest_of(key: str) -> str:
    """What is configured in the key's place."""
    return hashlib.sha256(key.encode()).hexdigest()


def holder_of(holder_by_digest: Mapping[str, str], authorization: str | None) -> str | None:
    """Whose key an Authorization header carries (`Bearer KEY`); None for no key, or one that nobody has."""
    scheme, _, key = (authorization or "").partition(" ")
    key = key.strip()
    if scheme.lower() != "bearer" or not 0 < len(key) <= KEY_CHARACTERS_MAX:
        return None
    return holder_by_digest.get(digest_of(key))
