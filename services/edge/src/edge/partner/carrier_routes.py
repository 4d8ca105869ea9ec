"""What carriers report, in their own codes: where parcels and shipments are. Each has a key of its own."""

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field

from edge.api_keys import ApiKeys
from edge.command_routes import build, traceparent_of
from edge.domain.carriers import CARRIERS, Carrier, CarrierCodeError
from edge.idempotency import digest_of
from edge.partner.handlers import COMMANDS
from edge.partner.settings import Settings
from edge.problems import Problem
from edge.web_app import AtDoor, Door, door_of, writing
from tsunagu.contracts.message import Message
from tsunagu.contracts.messages import ReportShipmentTracking, ReportTracking
from tsunagu.contracts.values import Id, Instant, LocationId, Name

router = APIRouter(tags=["carriers"])
T = TypeVar("T")

EVENT_ID_CHARACTERS_MAX = 80  # with the carrier's name before it, it is an id of the contract


def _carrier(
    request: Request,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Security(HTTPBearer(auto_error=False))],
) -> Carrier:
    door = door_of(request)
    assert isinstance(door.settings, Settings)
    authorization = f"{credentials.scheme} {credentials.credentials}" if credentials is not None else None
    name = ApiKeys(door.settings.carrier_keys).holder(authorization)
    door.slow_down(_holder_of(name))
    return CARRIERS[name]


KeyOfCarrier = Annotated[Carrier, Depends(_carrier)]
"""Whose carrier key the request carries; 401 without. A channel's key opens nothing here, nor the other way round."""


class _Report(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    event_id: Annotated[
        str,
        Field(pattern=r"^[^\x00-\x1f\x7f-\x9f]+$", max_length=EVENT_ID_CHARACTERS_MAX),
        Field(description="The carrier's own id of the event: the same one again is the same event"),
    ]
    code: Annotated[str, Field(min_length=1, max_length=40, description="The carrier's own status code")]
    at: Annotated[Instant, Field(description="When it happened")]
    place: Annotated[Name | None, Field(description="A depot or city, never the recipient's address")] = None


class ParcelReport(_Report):
    """Where a parcel is. Order and parcel are the references that its label carries."""

    order_id: Id
    parcel_id: Id
    redelivery_at: Annotated[Instant | None, Field(description="When the carrier comes again")] = None
    time_band: Annotated[str | None, Field(max_length=40, description="The carrier's code of the hours")] = (
        None
    )


class ShipmentReport(_Report):
    """Where a shipment between locations is."""

    shipment_id: Id
    location_id: Annotated[LocationId, Field(description="Where it left, or is to leave")]


class ReportTaken(BaseModel):
    """The report is on its way."""

    message_id: Id


@router.post("/v1/carrier/parcel-events", status_code=202, response_model=ReportTaken)
async def report_parcel(
    request: Request, door: AtDoor, carrier: KeyOfCarrier, body: ParcelReport
) -> dict[str, Any]:
    """Say where a parcel is. The same event_id again changes nothing."""
    band = None if body.time_band is None else _known(carrier.time_band_of, body.time_band)
    values = {
        "parcel_id": body.parcel_id,
        "order_id": body.order_id,
        "redelivery_at": body.redelivery_at,
        "time_band": band,
    }
    return await _give(request, door, carrier, ReportTracking, body, values)


@router.post("/v1/carrier/shipment-events", status_code=202, response_model=ReportTaken)
async def report_shipment(
    request: Request, door: AtDoor, carrier: KeyOfCarrier, body: ShipmentReport
) -> dict[str, Any]:
    """Say where a shipment between locations is. The same event_id again changes nothing."""
    values = {"shipment_id": body.shipment_id, "location_id": body.location_id}
    return await _give(request, door, carrier, ReportShipmentTracking, body, values)


async def _give(
    request: Request,
    door: Door,
    carrier: Carrier,
    message: type[Message],
    body: ParcelReport | ShipmentReport,
    values: dict[str, Any],
) -> dict[str, Any]:
    fact = build(
        message,
        {
            "tracking_id": f"{carrier.name}:{body.event_id}",
            "status": _known(carrier.status_of, body.code),
            "place": body.place,
            "occurred_at": body.at,
            **values,
        },
    )
    async with writing(door) as transaction:
        message_id = await COMMANDS.give(
            transaction,
            fact,
            holder=_holder_of(carrier.name),
            digest=digest_of(request, body),
            traceparent=traceparent_of(request),
        )
    return {"message_id": message_id}


def _known(translate: Callable[[str], T], code: str) -> T:
    """Our word for a carrier's code. Raises Problem 422 for one that its adapter does not have."""
    try:
        return translate(code)
    except CarrierCodeError as error:
        raise Problem(422, "invalid", str(error)) from None


def _holder_of(name: str) -> str:
    """Beside the channels' names, which hold no slash."""
    return f"carrier/{name}"
