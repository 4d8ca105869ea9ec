"""Who receives a parcel: sealed for customer at once, so that only customer can ever read it."""

import json
from functools import cache
from pathlib import Path

from joserfc import jwe
from joserfc.jwk import ECKey

from edge.shopper.buying.bodies import Recipient
from edge.shopper.settings import Settings
from tsunagu.contracts.messages import PlaceOrder, RecordRecipient
from tsunagu.contracts.values import PersonalData

_ALGORITHMS = ["ECDH-ES", "A256GCM"]
"""What customer opens: compact JWE (RFC 7516), ECDH-ES on P-256 with A256GCM (RFC 7518)."""


def recording(order: PlaceOrder, recipient: Recipient, settings: Settings) -> RecordRecipient:
    """What customer is told of who receives an order; they are erased along with the guest."""
    assert settings.sealing_key_file is not None
    assert order.recipient_ref is not None
    return RecordRecipient(
        record_id=order.recipient_ref,
        recipient_ref=order.recipient_ref,
        channel=order.channel,
        customer_ref=order.customer_ref,
        sealed=_seal(recipient, sealing_key(settings.sealing_key_file)),
        occurred_at=order.occurred_at,
    )


@cache
def sealing_key(file: Path) -> ECKey:
    """Customer's public key. Raises OSError or ValueError where the file is not there, or holds none."""
    key = ECKey.import_key(json.loads(file.read_text(encoding="utf-8")))
    if key.kid is None or key.is_private:
        raise ValueError(f"{file} does not hold customer's public key, as its /sealing-key gives it")
    return key


def _seal(recipient: Recipient, key: ECKey) -> str:
    personal = PersonalData(
        family_name=recipient.family_name,
        given_name=recipient.given_name,
        emails=() if recipient.email is None else (recipient.email,),
        phones=(recipient.phone,),
        addresses=(recipient.address,),
        language=recipient.language,
    )
    header = {"alg": _ALGORITHMS[0], "enc": _ALGORITHMS[1], "kid": key.kid}
    content = personal.model_dump_json(exclude_none=True).encode()
    return jwe.encrypt_compact(header, content, key, algorithms=_ALGORITHMS)
