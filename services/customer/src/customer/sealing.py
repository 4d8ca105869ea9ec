"""What travels to customer under its key: compact JWE (RFC 7516), ECDH-ES on P-256 with A256GCM (RFC 7518).

Channels seal with the public key that `/sealing-key` gives; only customer holds the private one.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from pydantic import ValidationError

from tsunagu.contracts.values import Hidden, HistoryProof, PersonalData

KEY_AGREEMENT = "ECDH-ES"
CONTENT_ENCRYPTION = "A256GCM"
_ALGORITHMS = (KEY_AGREEMENT, CONTENT_ENCRYPTION)


class NotSealed(Exception):  # noqa: N818 - the name says what is wrong
    """A sealed part can't be opened. `reason` is a code, the text a sentence; neither holds the contents."""

    def __init__(self, reason: str, detail: str) -> None:
        self.reason = reason
        super().__init__(detail)


def seal(content: Hidden, public_key: Mapping[str, Any]) -> str:
    """Seal personal data, or a proof, for the holder of the private half of `public_key` (a JWK)."""
    header = {"alg": KEY_AGREEMENT, "enc": CONTENT_ENCRYPTION, "kid": public_key["kid"]}
    key = ECKey.import_key({**public_key})
    return jwe.encrypt_compact(header, content.model_dump_json().encode(), key, algorithms=_ALGORITHMS)


def unseal(sealed: str, private_keys: Sequence[ECKey]) -> PersonalData:
    """What a channel has sealed, opened with the key that its header names.

    Raises NotSealed with reason `not_sealed_for_us` or `invalid_personal_data`.
    """
    opened = _opened(sealed, private_keys)
    try:
        return PersonalData.model_validate_json(opened)
    except ValidationError as error:
        fields = ", ".join(sorted({str(problem["loc"][0]) for problem in error.errors() if problem["loc"]}))
        raise NotSealed(
            "invalid_personal_data", f"the sealed part is no PersonalData; look at: {fields or 'its JSON'}"
        ) from None


def unseal_proof(sealed: str, private_keys: Sequence[ECKey]) -> HistoryProof:
    """The digits that a door has sealed. Raises NotSealed with reason `not_sealed_for_us` or `invalid_proof`."""
    try:
        return HistoryProof.model_validate_json(_opened(sealed, private_keys))
    except ValidationError:
        raise NotSealed(
            "invalid_proof", "the sealed part is no HistoryProof: a link_id and eight digits"
        ) from None


def _opened(sealed: str, private_keys: Sequence[ECKey]) -> bytes:
    by_id = {key.kid: key for key in private_keys}
    try:
        opened = jwe.decrypt_compact(
            sealed, lambda part: by_id[part.headers()["kid"]], algorithms=_ALGORITHMS
        )
    except (JoseError, KeyError, ValueError, TypeError):
        # The cause is not kept: whatever it says came from outside.
        raise NotSealed("not_sealed_for_us", "seal it with the key that /sealing-key gives now") from None
    return opened.plaintext or b""
