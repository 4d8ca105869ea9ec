"""Sales' documents as rows and back."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from asyncpg import Record

from insight.domain.basis import Basis, Method, Source, Touch
from insight.domain.places import Place, Places
from insight.domain.sale import Document, DocumentKind, Line
from insight.domain.sightings import Sighting
from tsunagu.contracts.values import LocationKind, TouchpointKind


def document_of(row: Record) -> Document:
    """A row of sale_document as a document."""
    return Document(
        document_id=row["document_id"],
        kind=DocumentKind(row["kind"]),
        occurred_at=row["occurred_at"],
        business_day=row["business_day"],
        lines=tuple(Line(*line) for line in row["lines"]),
        receipt_id=row["receipt_id"],
        basis=None if row["basis"] is None else _basis_of(row["basis"]),
        policy_id=row["policy_id"],
        places={
            location_id: Place(LocationKind(kind), company_id)
            for location_id, (kind, company_id) in row["places"].items()
        },
        buyer=row["ref_hash"],
        sightings=tuple(
            Sighting(activity_id, TouchpointKind(kind), location_id, datetime.fromisoformat(at))
            for activity_id, (kind, location_id, at) in sorted(row["sightings"].items())
        ),
    )


def lines_json(lines: Sequence[Line]) -> str:
    """Lines as JSON: an array each, since there may be thousands.

    Text, because a list of lists would be taken for an array of two dimensions where an array of jsonb is wanted.
    """
    return json.dumps([[line.line_id, line.sku, line.quantity, line.amount_jpy] for line in lines])


def basis_json(basis: Basis | None) -> dict[str, Any] | None:
    """A basis as it is kept."""
    if basis is None:
        return None
    return {
        "channel": basis.channel,
        "method": basis.method.value,
        "location_id": basis.location_id,
        "placed_at": basis.placed_at.isoformat(),
        "paid_at": basis.paid_at,
        "touches": [
            [touch.kind.value, touch.location_id, touch.staff_ref, touch.at.isoformat()]
            for touch in basis.touches
        ],
        "sources": [[source.location_id, source.quantity] for source in basis.sources],
    }


def places_json(places: Places) -> dict[str, Any]:
    """Locations as they are kept with a document."""
    return {
        location_id: [place.kind.value, place.company_id] for location_id, place in sorted(places.items())
    }


def sightings_json(sightings: Sequence[Sighting]) -> dict[str, Any]:
    """Sightings as they are kept with a document, by their ids."""
    return {one.activity_id: [one.kind.value, one.location_id, one.at.isoformat()] for one in sightings}


def _basis_of(body: Mapping[str, Any]) -> Basis:
    return Basis(
        channel=body["channel"],
        method=Method(body["method"]),
        location_id=body["location_id"],
        placed_at=datetime.fromisoformat(body["placed_at"]),
        paid_at=body["paid_at"],
        touches=tuple(
            Touch(TouchpointKind(kind), location_id, staff_ref, datetime.fromisoformat(at))
            for kind, location_id, staff_ref, at in body["touches"]
        ),
        sources=tuple(Source(location_id, quantity) for location_id, quantity in body["sources"]),
    )
