"""The service's secret keys, from one file: a JWK Set (RFC 7517) that only this service may read.

`python -m customer.keyring FILE` makes a new one, and FILE's neighbour `….public.json` with the half that everybody may
have. Losing FILE makes all stored personal data unreadable for ever.
"""

import json
import os
import sys
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, OctKey

from customer.settings import settings

SECRET_BYTES = 32
_MASTER, _LOOKUP = "master", "lookup"


class KeysMissing(Exception):  # noqa: N818 - an operator's state to mend, not a bug
    """The file of keys is not there or not usable; the text says what to do."""


@dataclass(frozen=True, repr=False)
class Keyring:
    """`sealing`: the first is published, older ones still open what was sealed for them. `master` wraps each

    person's data key (AES-256). `lookup` keys the hash under which identifiers are found.
    """

    sealing: tuple[ECKey, ...]
    master: bytes
    lookup: bytes

    def public_sealing_key(self) -> dict[str, Any]:
        """The JWK with which channels seal."""
        return {**self.sealing[0].as_dict(private=False), "use": "enc", "alg": "ECDH-ES"}


def load(path: Path) -> Keyring:
    """The keys of a file. Raises KeysMissing."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        keys = [JWKRegistry.import_key(key) for key in content["keys"]]
    except FileNotFoundError:
        raise KeysMissing(
            f"{path} is not there. Put the service's keys there, or make new ones for a new database:"
            f" python -m customer.keyring {path}"
        ) from None
    except (ValueError, KeyError, TypeError, JoseError):
        raise KeysMissing(f"{path} is no JWK Set; put the service's own file of keys there") from None
    secrets = {key.kid: key.raw_value for key in keys if isinstance(key, OctKey)}
    sealing = tuple(key for key in keys if isinstance(key, ECKey) and key.is_private)
    short = [name for name in (_MASTER, _LOOKUP) if len(secrets.get(name, b"")) != SECRET_BYTES]
    if short or not sealing:
        wrong = [*short, *([] if sealing else ["an EC key for sealing"])]
        raise KeysMissing(
            f"{path} lacks {', '.join(wrong)} ({SECRET_BYTES} bytes each); put the whole file there"
        )
    return Keyring(sealing, secrets[_MASTER], secrets[_LOOKUP])


def create(path: Path) -> None:
    """Make a new file of keys, readable by its owner only, and the public one beside it.

    Raises FileExistsError: no key is ever overwritten.
    """
    sealing = ECKey.generate_key("P-256", private=True)
    keys = [{**sealing.as_dict(private=True), "kid": sealing.thumbprint()}, *map(_secret, (_MASTER, _LOOKUP))]
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump({"keys": keys}, file, indent=1)
    path.with_suffix(".public.json").write_text(json.dumps(load(path).public_sealing_key()), encoding="utf-8")


def _secret(name: str) -> dict[str, str]:
    return {
        "kty": "oct",
        "kid": name,
        "k": urlsafe_b64encode(os.urandom(SECRET_BYTES)).rstrip(b"=").decode(),
    }


@cache
def keyring() -> Keyring:
    """The process's keys, read once from `TSUNAGU_CUSTOMER_KEYS_FILE`. Raises KeysMissing."""
    return load(settings().keys_file)


def main() -> None:
    """Entry point: make a new file of keys."""
    if len(sys.argv) != 2:
        raise SystemExit("usage: python -m customer.keyring FILE")
    try:
        create(Path(sys.argv[1]))
    except FileExistsError:
        raise SystemExit(f"{sys.argv[1]} is there already; a key that was used is never replaced") from None


if __name__ == "__main__":
    main()
