"""Who receives a parcel: sealed for customer at once, so that only customer can ever read it."""

from edge.shopper.buying.bodies import Recipient
from edge.shopper.sealing import seal, sealing_key
from edge.shopper.settings import Settings
from tsunagu.contracts.messages import PlaceOrder, RecordRecipient
from tsunagu.contracts.values import PersonalData


def recording(order: PlaceOrder, recipient: Recipient, settings: Settings) -> RecordRecipient:
    """What customer is told of who receives an order; they are erased along with the guest."""
    assert settings.sealing_key_file is not None
    assert order.recipient_ref is not None
    return RecordRecipient(
        record_id=order.recipient_ref,
        recipient_ref=order.recipient_ref,
        channel=order.channel,
        customer_ref=order.customer_ref,
        sealed=seal(_personal(recipient), sealing_key(settings.sealing_key_file)),
        occurred_at=order.occurred_at,
    )


def _personal(recipient: Recipient) -> PersonalData:
    return PersonalData(
        family_name=recipient.family_name,
        given_name=recipient.given_name,
        emails=() if recipient.email is None else (recipient.email,),
        phones=(recipient.phone,),
        addresses=(recipient.address,),
        language=recipient.language,
    )
