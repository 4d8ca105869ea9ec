"""API keys: who calls, by the SHA-256 of the key. A key is 256 random bits, so that a plain digest hides it.

`python -m edge.api_keys HOLDER` makes a key and prints it with the line for the settings.
"""

import hashlib
import json
import secrets
import sys
from collections.abc import Mapping

from edge.problems import Problem

KEY_BYTES = 32
KEY_CHARACTERS_MAX = 200


def new_key() -> str:
    """A key that nobody has yet."""
    return f"tsu_{secrets.token_urlsafe(KEY_BYTES)}"


def digest_of(key: str) -> str:
    """What is configured in the key's place."""
    return hashlib.sha256(key.encode()).hexdigest()


class ApiKeys:
    """The keys of a process: digest → holder (a channel, a store, a person's opaque id)."""

    def __init__(self, holder_by_digest: Mapping[str, str]) -> None:
        self._holder_by_digest = dict(holder_by_digest)

    def holder(self, authorization: str | None) -> str:
        """Whose key the Authorization header carries. Raises Problem 401 for none, or one that nobody has."""
        scheme, _, key = (authorization or "").partition(" ")
        key = key.strip()
        holder = None
        if scheme.lower() == "bearer" and 0 < len(key) <= KEY_CHARACTERS_MAX:
            holder = self._holder_by_digest.get(digest_of(key))
        if holder is None:
            raise Problem(
                401,
                "unauthorised",
                "Send the API key that you were given, as `Authorization: Bearer KEY`.",
                headers={"WWW-Authenticate": "Bearer"},
            )
        return holder


def main() -> None:
    """Make a key for the holder named on the command line."""
    if len(sys.argv) != 2:
        raise SystemExit("usage: python -m edge.api_keys HOLDER, for example app, or S001 for a store")
    key = new_key()
    sys.stdout.write(f"key, shown this once: {key}\nsettings: {json.dumps({digest_of(key): sys.argv[1]})}\n")


if __name__ == "__main__":
    main()
