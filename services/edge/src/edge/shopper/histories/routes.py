"""A shopper's own purchases over HTTP: asked for, proven by a mailed code, shown, ended. Each guest has one link."""

from typing import Any

from fastapi import APIRouter, Depends, Request, Response

from edge.command_routes import build, traceparent_of
from edge.idempotency import IdempotencyKey, once
from edge.problems import Problem
from edge.shopper.guest import AChangingGuest, ANewGuest, AVisit
from edge.shopper.histories.keeping import SQL
from edge.shopper.histories.views import AskBody, HistoryView, LinkAsked, LinkState, ProofBody, view_of
from edge.shopper.sealing import seal, sealing_key
from edge.shopper.settings import settings_of
from edge.shopper.slowing import slow_down, slow_histories
from edge.web_app import AtDoor, Door, reading, writing
from tsunagu.chassis import FirstCause, Transaction
from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.message import Message
from tsunagu.contracts.messages import AskHistoryLink, EndHistoryLink, ProveHistoryLink
from tsunagu.contracts.values import HistoryProof

router = APIRouter(dependencies=[Depends(slow_down)], tags=["histories"])
_ASKED = LinkAsked().model_dump()


@router.post(
    "/v1/history-link",
    dependencies=[Depends(slow_histories)],
    status_code=202,
    response_model=LinkAsked,
)
async def ask_link(
    request: Request, door: AtDoor, guest: ANewGuest, key: IdempotencyKey, body: AskBody
) -> dict[str, Any]:
    """Ask to see the purchases of a member card or account. Its customer is mailed a code, if there is one.

    The answer is the same whether or not anybody holds the number. A link that the guest had before ends.
    """
    ref = body.ref(settings_of(_offering(door)))

    async with writing(door) as transaction:

        async def act() -> dict[str, Any]:
            await _end(transaction, request, guest.holder)
            link_id = uuid7()
            asked = build(
                AskHistoryLink, {"link_id": link_id, "customer_ref": ref, "occurred_at": transaction.now}
            )
            await transaction.connection.execute(SQL.insert_link, guest.holder, link_id, transaction.now)
            _send(transaction, request, link_id, asked)
            return _ASKED

        digest = guest.secret_digest(f"ask {body.kind} {body.number}")
        return await once(transaction, guest.holder, key, digest, act)


@router.post(
    "/v1/history-link/proofs",
    dependencies=[Depends(slow_histories)],
    status_code=202,
    response_model=LinkAsked,
)
async def prove_link(
    request: Request, door: AtDoor, guest: AChangingGuest, key: IdempotencyKey, body: ProofBody
) -> dict[str, Any]:
    """Type in the code that was mailed. `/v1/history` says in a moment whether it was the right one.

    404 where the guest has no link any more: its time is over, or too many codes were wrong.
    """
    key_file = settings_of(_offering(door)).sealing_key_file
    assert key_file is not None
    async with writing(door) as transaction:

        async def act() -> dict[str, Any]:
            link_id = await transaction.connection.fetchval(SQL.lock_own_link, guest.holder)
            if link_id is None:
                raise Problem(404, "not-found", "Nothing waits for a code. Ask for a new one.")
            proof_id = uuid7()
            proof = HistoryProof(link_id=link_id, digits=body.digits)
            proven = ProveHistoryLink(
                link_id=link_id,
                proof_id=proof_id,
                sealed=seal(proof, sealing_key(key_file)),
                occurred_at=transaction.now,
            )
            _send(transaction, request, proof_id, proven)
            return _ASKED

        digest = guest.secret_digest(f"prove {body.digits}")
        return await once(transaction, guest.holder, key, digest, act)


@router.get("/v1/history", response_model=HistoryView, response_model_exclude_none=True)
async def read_history(door: AtDoor, visit: AVisit) -> HistoryView:
    """What the guest's link shows now: day, place, channel, goods and amount of each purchase, the newest first."""
    guest = visit.guest()
    if guest is None:
        return HistoryView(state=LinkState.NONE)
    async with reading(door) as connection:
        row = await connection.fetchrow(SQL.read_own_link, guest.holder)
        if row is None:
            return HistoryView(state=LinkState.NONE)
        return await view_of(connection, row["version"], row["state"])


@router.delete("/v1/history-link", status_code=204)
async def end_link(request: Request, door: AtDoor, guest: AChangingGuest) -> Response:
    """See nothing any more on this device; what was shown is forgotten here at once."""
    async with writing(door) as transaction:
        await _end(transaction, request, guest.holder)
    return Response(status_code=204)


def _offering(door: Door) -> Door:
    if settings_of(door).sealing_key_file is None:
        raise Problem(404, "not-found", "Purchases are not shown here.")
    return door


async def _end(transaction: Transaction, request: Request, holder: str) -> None:
    link_id = await transaction.connection.fetchval(SQL.delete_own_link, holder)
    if link_id is not None:
        ending_id = uuid7()
        ended = EndHistoryLink(link_id=link_id, ending_id=ending_id, occurred_at=transaction.now)
        _send(transaction, request, ending_id, ended)


def _send(transaction: Transaction, request: Request, command_id: str, command: Message) -> None:
    """Give a command of which nobody waits for an answer: what becomes of it shows in the state of its link."""
    transaction.publish(command, cause=FirstCause(command_id, transaction.now, traceparent_of(request)))
