"""Goods as staff scan them: a barcode may stand in the SKU's place."""

from typing import Any

from pydantic import BaseModel, create_model

from edge.command_routes import OtherBody, request_model
from edge.domain.gtins import gtin14
from edge.problems import FieldError, Problem
from edge.product_copy import SQL
from edge.web_app import Door, reading
from tsunagu.contracts.message import Message
from tsunagu.contracts.values import Gtin, Id

_OURS = frozenset({"location_id"})


def scanned_body(command: type[Message]) -> OtherBody:
    """The body of a command that names one product: by `sku`, or by the `gtin` that was scanned."""
    own = request_model(command, _OURS)
    fields: dict[str, Any] = {"sku": (Id | None, None), "gtin": (Gtin | None, None)}
    model = create_model(
        own.__name__, __base__=request_model(command, _OURS | {"sku"}), __doc__=command.__doc__, **fields
    )

    async def with_sku(body: BaseModel, door: Door) -> BaseModel:
        values = body.model_dump(exclude_none=True)
        gtin = values.pop("gtin", None)
        if (gtin is None) == ("sku" not in values):
            raise _wrong("/sku", "one of sku and gtin, not both")
        if gtin is not None:
            values["sku"] = await _sku_of(gtin, door)
        return own.model_validate(values)

    return OtherBody(model, with_sku)


async def _sku_of(gtin: str, door: Door) -> str:
    async with reading(door) as connection:
        row = await connection.fetchrow(SQL.read_product_by_gtin, gtin14(gtin))
    if row is None:
        raise _wrong("/gtin", "No product has this barcode. Is it the goods' own label?")
    sku: str = row["sku"]
    return sku


def _wrong(pointer: str, detail: str) -> Problem:
    return Problem(422, "invalid", detail, errors=[FieldError(pointer=pointer, detail=detail)])
