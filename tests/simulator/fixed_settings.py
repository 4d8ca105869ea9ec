"""What services read from their environment, the same for every schedule."""

import json
import os
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

from cryptography.hazmat.primitives.asymmetric import ec
from joserfc.jwk import ECKey

from customer import keyring
from customer import settings as customer_settings
from insight import settings as insight_settings

_SEALING_NUMBER = 7
_KPI_PUBLISH_SECONDS = "60"
"""Time passes in jumps: at the default of two seconds, every step would publish figures that nobody here reads."""


@contextmanager
def fixed_settings() -> Iterator[None]:
    """Have these settings in force for the length of a `with` block.

    Customer's keys protect nothing. They are fixed since identifiers are sorted by their keyed hashes.
    """
    with TemporaryDirectory() as folder:
        path = Path(folder) / "keys.json"
        path.write_text(json.dumps({"keys": [_sealing(), _secret("master"), _secret("lookup")]}), "utf-8")
        environment = {
            "TSUNAGU_CUSTOMER_KEYS_FILE": str(path),
            # Notices are made as where mail is sent; nobody sends them here.
            "TSUNAGU_CUSTOMER_SMTP_HOST": "mail.invalid",
            "TSUNAGU_CUSTOMER_MAIL_FROM": "orders@shop.invalid",
            "TSUNAGU_INSIGHT_KPI_PUBLISH_SECONDS": _KPI_PUBLISH_SECONDS,
        }
        with mock.patch.dict(os.environ, environment):
            _forget()
            try:
                yield
            finally:
                _forget()


def _forget() -> None:
    customer_settings.settings.cache_clear()
    insight_settings.settings.cache_clear()
    keyring.keyring.cache_clear()


def _sealing() -> dict[str, object]:
    key = ECKey.import_key(ec.derive_private_key(_SEALING_NUMBER, ec.SECP256R1()))
    return {**key.as_dict(private=True), "kid": key.thumbprint()}


def _secret(name: str) -> dict[str, str]:
    secret = name.encode().ljust(keyring.SECRET_BYTES)
    return {"kty": "oct", "kid": name, "k": urlsafe_b64encode(secret).rstrip(b"=").decode()}
