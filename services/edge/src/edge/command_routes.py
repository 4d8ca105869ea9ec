"""Routes that turn a body into a command: one per command class, each with its own schema in the documentation."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from edge.idempotency import IdempotencyKey, digest_of, once
from edge.pending_commands import SQL, PendingCommands
from edge.problems import Problem, invalid_values
from edge.web_app import AtDoor, Caller, CallerAtDoor, Door, Holder, reading, writing
from tsunagu.chassis import Connection
from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.message import Message
from tsunagu.contracts.values import Id, Instant

# W3C Trace Context, level 1; a broken one begins anew.
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


def traceparent_of(request: Request) -> str | None:
    """The caller's trace, where the header holds one."""
    text = request.headers.get("traceparent", "")
    return text if _TRACEPARENT.fullmatch(text) else None


class CommandGiven(BaseModel):
    """A command is on its way. Ask at `links.self` what became of it."""

    command_id: Id
    links: dict[str, str]


class CommandState(BaseModel):
    """What became of a command: waiting, done, or refused with a reason."""

    command_id: Id
    command_type: str
    state: str
    answered_by: str | None = None
    reason: str | None = None
    detail: str | None = None
    given_at: Instant
    settled_at: Instant | None = None


def request_model(command: type[Message], ours: frozenset[str]) -> type[BaseModel]:
    """The body from which a command is made: its fields without `ours`; unknown ones are refused.

    Its id and time may be given (a device that was offline has made them), and are made here otherwise.
    """
    fields: dict[str, Any] = {}
    for name, field in command.model_fields.items():
        if name in ours:
            continue
        kind: Any = Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
        made_here = name in command.IDENTITY or name == "occurred_at"
        fields[name] = (
            (kind | None, None) if made_here else (kind, field.default if not field.is_required() else ...)
        )
    model: type[BaseModel] = create_model(
        f"{command.__name__}Request",
        __config__=ConfigDict(extra="forbid", hide_input_in_errors=True),
        __doc__=command.__doc__,
        **fields,
    )
    return model


class OtherBody(NamedTuple):
    """A body that is not made of the command's fields alone, and how the command's own values are made of it.

    What is kept of a request, its digest too, is made of those values: what the body says beyond them is kept nowhere.
    """

    model: type[BaseModel]
    own_values: Callable[[BaseModel, Door], Awaitable[BaseModel]]


class Chosen(NamedTuple):
    """The command that is made of a body, and what it says beside it; what it has no field for is left out."""

    command: type[Message]
    values: Mapping[str, Any]


Choose = Callable[[type[Message], BaseModel, Connection, Caller], Awaitable[Chosen]]
"""(command of the route, the body's own values, database, who asks) → the command that the body asks for. It is not
asked again for a request that has been answered: what its answer rested on may have changed since."""


def add_command_route(
    router: APIRouter,
    path: str,
    command: type[Message],
    pending: PendingCommands,
    *,
    holder_field: str | None = None,
    path_fields: Mapping[str, str] | None = None,
    fixed_fields: Mapping[str, str] | None = None,
    other_body: OtherBody | None = None,
    choose: Choose | None = None,
) -> None:
    """Offer a command as POST `path`.

    `holder_field` is set by the API key, `path_fields` by the address, and `fixed_fields` are what this door says;
    `other_body` leaves out of its body what these set. `choose`: where what the body is about says which command it is,
    or values of it; without it, all bodies are `command`.
    """
    from_path = dict(path_fields or {})
    fixed = dict(fixed_fields or {})
    if other_body is None:
        ours = frozenset({*from_path, *fixed, *filter(None, [holder_field])})
        other_body = OtherBody(request_model(command, ours), _as_it_is)
    body_model, own_values = other_body
    (id_field,) = command.IDENTITY

    # FastAPI reads the annotation at run time; a type checker can't follow a class that is made above.
    async def give(
        request: Request,
        door: AtDoor,
        caller: CallerAtDoor,
        key: IdempotencyKey,
        body: body_model,  # type: ignore[valid-type]
    ) -> dict[str, Any]:
        holder = caller.holder
        given = await own_values(body, door)
        digest = digest_of(request, given)
        async with writing(door) as transaction:

            async def act() -> dict[str, Any]:
                chosen = None
                if choose is not None:
                    chosen = await choose(command, given, transaction.connection, caller)
                values = given.model_dump(exclude_none=True)
                values = {id_field: uuid7(), "occurred_at": transaction.now, **values, **fixed}
                values |= {} if holder_field is None else {holder_field: holder}
                values |= {field: request.path_params[name] for name, field in from_path.items()}
                if chosen is not None:
                    values |= chosen.values
                    known = chosen.command.model_fields
                    values = {name: value for name, value in values.items() if name in known}
                made = build(command if chosen is None else chosen.command, values)
                message_id = await pending.give(
                    transaction, made, holder=holder, digest=digest, traceparent=traceparent_of(request)
                )
                return {"command_id": message_id, "links": {"self": f"/v1/commands/{message_id}"}}

            return await once(transaction, holder, key, digest, act)

    router.add_api_route(
        path,
        give,
        methods=["POST"],
        status_code=202,
        response_model=CommandGiven,
        name=command.__name__,
        operation_id=command.__name__,
        summary=(command.__doc__ or "").strip().splitlines()[0],
        description=command.__doc__,
    )


async def _as_it_is(body: BaseModel, _: Door) -> BaseModel:
    return body


def build(command: type[Message], values: Mapping[str, Any]) -> Message:
    """A command of these values. Raises Problem 422 where they do not go together."""
    try:
        made = command.model_validate(values)
        made.record_key()
    except ValidationError as error:
        raise invalid_values(error) from None
    except ValueError as error:
        raise Problem(422, "invalid", f"{error}.") from None
    return made


command_states = APIRouter(tags=["commands"])


@command_states.get(
    "/v1/commands/{command_id}", response_model=CommandState, response_model_exclude_none=True
)
async def get_command(command_id: Id, door: AtDoor, holder: Holder) -> dict[str, Any]:
    """What became of a command; another holder's is answered like one that never was."""
    return await state_of(door, command_id, holder)


async def state_of(door: Door, command_id: str, holder: str) -> dict[str, Any]:
    """What became of a holder's command. Raises Problem 404 for another's."""
    async with reading(door) as connection:
        row = await connection.fetchrow(SQL.read_command, command_id, holder)
    if row is None:
        raise Problem(404, "not-found", "No command of yours has this id.")
    return {**dict(row), "command_id": row["message_id"]}
