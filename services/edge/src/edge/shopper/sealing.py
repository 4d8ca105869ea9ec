"""What travels to customer alone: sealed at once, so that only customer can ever read it."""

import json
from functools import cache
from pathlib import Path

from joserfc import jwe
from joserfc.jwk import ECKey

from tsunagu.contracts.values import Hidden

_ALGORITHMS = ["ECDH-ES", "A256GCM"]
"""What customer opens: compact JWE (RFC 7516), ECDH-ES on P-256 with A256GCM (RFC 7518)."""


@cache
def sealing_key(file: Path) -> ECKey:
    """Customer's public key. Raises OSError or ValueError where the file is not there, or holds none."""
    key = ECKey.import_key(json.loads(file.read_text(encoding="utf-8")))
    if key.kid is None or key.is_private:
        raise ValueError(f"{file} does not hold customer's public key, as its /sealing-key gives it")
    return key


def seal(content: Hidden, key: ECKey) -> str:
    """Seal something for the holder of the private half of the key."""
    header = {"alg": _ALGORITHMS[0], "enc": _ALGORITHMS[1], "kid": key.kid}
    return jwe.encrypt_compact(
        header, content.model_dump_json(exclude_none=True).encode(), key, algorithms=_ALGORITHMS
    )
