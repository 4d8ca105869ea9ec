"""A handover as staff report it: they may type the six digits, which leave this request as a keyed hash only."""

from typing import Annotated, Any

from pydantic import BaseModel, Field, create_model

from edge.command_routes import OtherBody, request_model
from edge.problems import FieldError, Problem
from edge.staff.settings import Settings
from edge.web_app import Door
from tsunagu.contracts.digits import DIGITS_PATTERN, digits_hash
from tsunagu.contracts.messages import HandOver

_DIGITS: Any = Annotated[
    str | None, Field(repr=False, pattern=DIGITS_PATTERN, description="What the shopper says; kept nowhere")
]
_Own = request_model(HandOver, frozenset({"location_id"}))
_Typed = create_model(
    "HandOverRequest",
    __base__=request_model(HandOver, frozenset({"location_id", "digits_hash"})),
    __doc__=HandOver.__doc__,
    digits=(_DIGITS, None),
)


async def _with_hash(body: BaseModel, door: Door) -> BaseModel:
    """The command's own values. Raises Problem 422 where digits can't be hashed for want of the key."""
    settings = door.settings
    assert isinstance(settings, Settings)
    values = body.model_dump(exclude_none=True)
    digits = values.pop("digits", None)
    if digits is not None:
        if settings.digits_key is None:
            detail = "Digits are not taken here; scan the code, or check at the desk who it is."
            raise Problem(422, "invalid", detail, errors=[FieldError(pointer="/digits", detail=detail)])
        key = settings.digits_key.get_secret_value()
        values["digits_hash"] = digits_hash(key, values["order_id"], digits)
    return _Own.model_validate(values)


HANDOVER_BODY = OtherBody(_Typed, _with_hash)
"""The body of POST /v1/handovers."""
