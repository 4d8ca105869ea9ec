"""insight.commands about policies: which one credits sales from which day on."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from insight.domain.days import business_day
from insight.settings import settings
from insight.store import board, policies
from insight.store.locks import RECORDS
from tsunagu.chassis import Connection, Received, RowKey, Transaction
from tsunagu.contracts.messages import AdoptPolicy, PolicyAdopted

CREDIT = "credit"
"""The only kind of policy there is yet."""


async def keys(_: Connection, messages: Sequence[Received[AdoptPolicy]]) -> Iterable[RowKey]:
    """The versions of the policies' events."""
    return [RECORDS.row(received.message.record_key()) for received in messages]


async def adopt(tx: Transaction, messages: Sequence[Received[AdoptPolicy]]) -> None:
    """Put policies of the folder into force. What is credited already stays credited as it was."""
    files = policies.policy_files(settings().policy_folder)
    kept = await policies.read_kept(tx.connection, [received.message.policy_id for received in messages])
    taken: list[Received[AdoptPolicy]] = []
    for received in messages:
        refusal = _refusal(tx, received.message, files, kept)
        if refusal is None:
            taken.append(received)
        else:
            tx.refuse(received, *refusal)
    if not taken:
        return
    commands = [received.message for received in taken]
    await policies.keep(tx.connection, [files[command.policy_id] for command in commands], tx.now)
    await policies.adopt(
        tx.connection, [(c.adoption_id, c.policy_id, c.effective_from) for c in commands], tx.now
    )
    versions = await board.read_versions(tx.connection, [received.key for received in taken])
    for received in taken:
        version = versions[received.key] = versions[received.key] + 1
        terms = received.message.model_dump(exclude={"occurred_at", "device_id"})
        tx.publish(PolicyAdopted(**terms, version=version, occurred_at=tx.now), cause=received)
    await board.save(tx.connection, versions, (), tx.now)


def _refusal(
    tx: Transaction,
    command: AdoptPolicy,
    files: Mapping[str, policies.PolicyFile],
    kept: Mapping[str, Mapping[str, Any]],
) -> tuple[str, str] | None:
    """Why a policy can't come into force, as a code and a sentence; None if it can."""
    config = settings()
    today = business_day(tx.now, config.business_day_begins_hour)
    file = files.get(command.policy_id)
    if command.kind != CREDIT:
        return "unknown_kind", f"there are policies of the kind {CREDIT} only, not {command.kind}"
    if file is None:
        return "unknown_policy", f"there is no policy {command.policy_id}; there are {', '.join(files)}"
    if kept.get(command.policy_id, file.body) != file.body:
        return (
            "policy_changed",
            f"policy {command.policy_id} was used as another one before; give the new one a policy_id of its own",
        )
    if len(set(command.agreed_by)) < config.policy_agreements_min:
        return (
            "not_agreed",
            f"{config.policy_agreements_min} have to agree, stores and EC; {len(set(command.agreed_by))} did",
        )
    if command.effective_from < today:
        return (
            "effective_in_the_past",
            f"{command.effective_from} is over; what was credited stays. Choose {today} or later, and see"
            " /credit/comparison for what the policy would have changed",
        )
    return None
