"""Who calls a door, by their API key.

`python -m edge.api_keys HOLDER` makes a key and prints it with the line for the settings.
"""

import json
import sys
from collections.abc import Mapping

from edge.problems import Problem
from tsunagu.chassis.api_keys import digest_of, holder_of, new_key


class ApiKeys:
    """The keys of a process: digest → holder (a channel, a store, a person's opaque id)."""

    def __init__(self, holder_by_digest: Mapping[str, str]) -> None:
        self._holder_by_digest = dict(holder_by_digest)

    def holder(self, authorization: str | None) -> str:
        """Whose key the Authorization header carries. Raises Problem 401 for none, or one that nobody has."""
        holder = holder_of(self._holder_by_digest, authorization)
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
