"""Personal data is sealed so that its holder alone can open it."""

from joserfc import jwe
from joserfc.jwk import ECKey

from tsunagu.contracts.messages import IdentifyCustomer
from tsunagu.contracts.values import PersonalData
from tsunagu.retailer.clock import Clock
from tsunagu.retailer.players.registrars import SEALING, seal


def test_seal__opened_with_the_private_key__is_what_was_sealed_and_fits_the_contract() -> None:
    key = ECKey.generate_key("P-256", parameters={"kid": "k1"})
    personal = PersonalData(emails=("customer-1@example.com",))
    sealed = seal(personal, key.as_dict(private=False))
    assert "example.com" not in sealed
    command = IdentifyCustomer(
        identification_id="i1",
        customer_ref="card:1",
        channel="store",
        sealed=sealed,
        occurred_at=Clock().now,
    )
    assert command.sealed is not None
    opened = jwe.decrypt_compact(command.sealed, key, algorithms=list(SEALING))
    assert PersonalData.model_validate_json(opened.plaintext or b"") == personal
