"""What a store prints on a parcel: label data by carrier. The address is not here: `customer` has it."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel

from edge.domain.carriers import CARRIERS, Carrier, CarrierCodeError
from edge.problems import Problem
from edge.web_app import Holder
from tsunagu.contracts.values import Code, Id, LocationId

router = APIRouter(tags=["labels"])


class CarrierView(BaseModel):
    """A carrier, and the time bands in which it delivers."""

    name: str
    time_bands: list[str]


class LabelView(BaseModel):
    """What is printed on a parcel beside its address. The carrier sends the references back with each report."""

    carrier: str
    barcode: str
    symbology: str
    time_band_code: str | None = None
    from_location_id: LocationId
    order_id: Id
    parcel_id: Id


@router.get("/v1/carriers")
async def get_carriers(_: Holder) -> list[CarrierView]:
    """The carriers that labels can be made for."""
    return [
        CarrierView(name=carrier.name, time_bands=list(carrier.time_bands)) for carrier in CARRIERS.values()
    ]


@router.get("/v1/carriers/{carrier}/label", response_model=LabelView, response_model_exclude_none=True)
async def get_label(
    location_id: Holder,
    carrier: Annotated[str, Path(max_length=100)],
    order_id: Annotated[Id, Query()],
    parcel_id: Annotated[Id, Query()],
    tracking_number: Annotated[Id, Query(description="The number that the carrier gave for this parcel")],
    time_band: Annotated[Code | None, Query(description="morning, h14_16 …")] = None,
) -> dict[str, Any]:
    """The data of a parcel's label, for the key's store."""
    try:
        label = _carrier(carrier).label(tracking_number, time_band)
    except CarrierCodeError as error:
        raise Problem(422, "invalid", str(error)) from None
    return {
        **asdict(label),
        "from_location_id": location_id,
        "order_id": order_id,
        "parcel_id": parcel_id,
    }


def _carrier(name: str) -> Carrier:
    found = CARRIERS.get(name)
    if found is None:
        raise Problem(404, "not-found", "There is no carrier of this name; /v1/carriers names them.")
    return found
