"""Operators' questions about purchases: what a customer bought, and who bought a SKU. Ids and refs, never a name."""

from datetime import timedelta
from typing import Any

import structlog
from pydantic import TypeAdapter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from customer import metrics
from customer.domain.days import start_of
from customer.domain.purchases import ReturnedPart
from customer.settings import settings
from customer.store import bought
from customer.store.bought import Buyer, Past, Place, Stretch
from customer.who_is_meant import meant
from tsunagu.chassis import Runtime, pooled
from tsunagu.chassis.http_answers import Unknown, Wrong, cursor, days, limit, place, read
from tsunagu.contracts.values import Channel, Id, PersonRef

PERIODS = ("day", "week", "month")

_REF: TypeAdapter[str] = TypeAdapter(PersonRef)
_SKU: TypeAdapter[str] = TypeAdapter(Id)
_CHANNEL: TypeAdapter[str] = TypeAdapter(Channel)
_log = structlog.get_logger(__name__)


def purchase_routes(runtime: Runtime) -> list[Route]:
    """The routes about purchases. None of them changes anything."""

    async def history(request: Request) -> Response:
        """What a customer bought under any of their refs, newest first; `next` is the `before` of the next page."""
        ref = read(_REF, request.path_params["ref"], "the ref")
        rows_max, before = limit(request, settings().purchase_rows_max), place(request, "before")
        async with (
            pooled(runtime).acquire() as connection,
            # One snapshot: a merge meanwhile is either done or not.
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            customer_id, digests = await meant(connection, ref)
            refs = await bought.refs_of(connection, [customer_id] if customer_id else [])
            found = await bought.newest(connection, digests, Place(*before) if before else None, rows_max + 1)
        if not found and customer_id is None:
            raise Unknown(
                f"nothing is known of {ref}: nobody was identified by it, and nothing bought under it"
            )
        shown = found[:rows_max]
        last = shown[-1].stored if len(found) > rows_max else None
        _note(request, "history", len(shown), customer_id=customer_id)
        return _answer(
            {
                "customer_id": customer_id,
                "refs": refs.get(customer_id, []) if customer_id else [ref],
                "purchases": [_purchase(past) for past in shown],
                "next": cursor(last.head.bought_at, last.purchase_id) if last and last.head else None,
            }
        )

    async def customers(request: Request) -> Response:
        """Who kept pieces of a SKU, a row for each of their channels; `next` is the `after` of the next page."""
        asked, shown_asked = _stretch(request)
        rows_max, after = limit(request, settings().purchase_rows_max), _after(request)
        async with pooled(runtime).acquire() as connection:
            found = await bought.buyers(connection, asked, after, rows_max + 1)
            refs = await bought.refs_of(connection, [row["customer_id"] for row in found[:rows_max]])
        rows = [
            {**row, "refs": refs.get(row["customer_id"], []), "last_bought_at": _text(row["last_bought_at"])}
            for row in found[:rows_max]
        ]
        more = f"{rows[-1]['customer_id']}:{rows[-1]['channel']}" if len(found) > rows_max else None
        _note(request, "customers", len(rows), sku=asked.sku)
        return _answer({**shown_asked, "customers": rows, "next": more})

    async def counts(request: Request) -> Response:
        """How many customers kept how much of a SKU, by channel and, where `by` says so, by day, week or month."""
        asked, shown_asked = _stretch(request)
        period = request.query_params.get("by")
        if period is not None and period not in PERIODS:
            raise Wrong(f"by is {', '.join(PERIODS[:-1])} or {PERIODS[-1]}")
        async with pooled(runtime).acquire() as connection:
            rows = await bought.counts(connection, asked, period)
        _note(request, "counts", len(rows), sku=asked.sku)
        return _answer(
            {**shown_asked, "by": period, "counts": [{**row, "period": _text(row["period"])} for row in rows]}
        )

    return [
        Route("/purchases/customers/{ref:path}", history),
        # A SKU may hold a slash, which no longer shows as %2F here.
        Route("/purchases/skus/{sku:path}/customers", customers),
        Route("/purchases/skus/{sku:path}/counts", counts),
    ]


def _stretch(request: Request) -> tuple[Stretch, dict[str, Any]]:
    sku = read(_SKU, request.path_params["sku"], "the SKU")
    first, last = days(request, settings().bought_days_max)
    channel = request.query_params.get("channel")
    if channel is not None:
        channel = read(_CHANNEL, channel, "the channel")
    shown = {"sku": sku, "from": first.isoformat(), "to": last.isoformat(), "channel": channel}
    return Stretch(sku, start_of(first), start_of(last + timedelta(days=1)), channel), shown


def _after(request: Request) -> Buyer | None:
    text = request.query_params.get("after")
    if text is None:
        return None
    customer_id, colon, channel = text.rpartition(":")
    if not colon:
        raise Wrong("after is what `next` said on the page before, as it stood there")
    return Buyer(customer_id, channel)


def _purchase(past: Past) -> dict[str, Any]:
    head, kept = past.stored.head, past.stored.kept
    assert head is not None, "without one, nobody knows whose it is"
    return {
        "purchase_id": past.stored.purchase_id,
        "receipt_id": head.receipt_id,
        "order_id": head.order_id,
        "bought_at": head.bought_at.isoformat(),
        "channel": head.channel,
        "location_id": head.location_id,
        "customer_ref": head.customer_ref,
        "kept_pieces": kept.pieces,
        "kept_jpy": kept.amount_jpy,
        "lines": [
            {
                "line_id": line.line_id,
                "sku": line.sku,
                "quantity": line.quantity,
                "amount_jpy": line.amount_jpy,
                "tax_percent": line.tax_percent,
                "returned_quantity": line.returned_quantity,
                "returned_jpy": line.returned_jpy,
            }
            for line in kept.lines
        ],
        "returns": [_return(part) for part in sorted(past.returned, key=lambda part: part.returned_at)],
    }


def _return(part: ReturnedPart) -> dict[str, Any]:
    return {
        "return_id": part.return_id,
        "returned_at": part.returned_at.isoformat(),
        "line_id": part.line_id,
        "sku": part.sku,
        "quantity": part.quantity,
        "amount_jpy": part.amount_jpy,
    }


def _note(request: Request, what: str, rows: int, **about: str | None) -> None:
    """Who has seen whose purchases is asked later. No ref stands in a log: it would outlive an erasure."""
    client = request.client.host if request.client is not None else None
    metrics.PURCHASES_SHOWN.labels(what=what).inc()
    _log.info("purchases shown", what=what, rows=rows, client=client, **about)


def _answer(shown: dict[str, Any]) -> Response:
    return JSONResponse(shown, headers={"Cache-Control": "no-store"})


def _text(value: Any) -> str | None:
    return None if value is None else str(value.isoformat())
