"""Credit policies: those of the folder, and those that were used or adopted."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from insight.domain.ledger import Rules
from insight.domain.policy import Adoption, Policy
from insight.domain.policy_file import parse_policy, read_policy
from insight.domain.sale import Document
from insight.settings import settings
from tsunagu.chassis import Connection, beside

SQL = beside(__file__, "policies.sql")


class PolicyFileError(Exception):
    """A file of the policy folder can't be used; the message names it and says what is wrong."""


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """A policy of the folder, as it is written and as it is meant."""

    body: Mapping[str, Any]
    policy: Policy


@cache
def policy_files(folder: Path) -> Mapping[str, PolicyFile]:
    """The policies of a folder by id, read once. Raises PolicyFileError for one that can't be used."""
    found: dict[str, PolicyFile] = {}
    for path in sorted(folder.glob("*.toml")):
        try:
            body, policy = parse_policy(path.read_text(encoding="utf-8"))
        except UnicodeDecodeError:
            raise PolicyFileError(f"{path.name}: is not UTF-8") from None
        except OSError as error:
            raise PolicyFileError(f"{path.name}: {error}") from None
        except ValueError as error:
            raise PolicyFileError(f"{path.name} {error}") from None
        if policy.policy_id in found:
            raise PolicyFileError(f"{path.name}: policy {policy.policy_id} is there twice")
        found[policy.policy_id] = PolicyFile(body, policy)
    return found


def require_default(folder: Path, policy_id: str) -> None:
    """Raise PolicyFileError unless the folder can be read and has this policy."""
    files = policy_files(folder)
    if policy_id not in files:
        raise PolicyFileError(
            f"there is no policy {policy_id} in the policy folder; there are {', '.join(files)}"
        )


async def read_adoptions(connection: Connection) -> list[Adoption]:
    """All adoptions in the order in which they were made; a handful."""
    rows = await connection.fetch(SQL.read_adoptions)
    return [Adoption(row["policy_id"], row["effective_from"]) for row in rows]


async def read_kept(connection: Connection, policy_ids: Iterable[str]) -> dict[str, Mapping[str, Any]]:
    """The bodies of those of these policies that were used or adopted."""
    rows = await connection.fetch(SQL.read_policies, sorted(set(policy_ids)))
    return {row["policy_id"]: row["body"] for row in rows}


async def read_rules(connection: Connection, documents: Iterable[Document], now: datetime) -> Rules:
    """By what these documents are credited. A policy that is used for the first time is kept."""
    policy_ids = {document.policy_id for document in documents if document.policy_id is not None}
    kept = await read_kept(connection, policy_ids)
    files = policy_files(settings().policy_folder)
    first_used = [files[policy_id] for policy_id in sorted(policy_ids - kept.keys())]
    if first_used:
        await keep(connection, first_used, now)
    found = {file.policy.policy_id: file.policy for file in first_used}
    found |= {policy_id: read_policy(body) for policy_id, body in kept.items()}
    return Rules(found, settings().ec_company_id)


async def keep(connection: Connection, files: Sequence[PolicyFile], now: datetime) -> None:
    """Keep policies as they are now; one that is kept already stays as it was."""
    await connection.execute(
        SQL.insert_policies,
        [file.policy.policy_id for file in files],
        [dict(file.body) for file in files],
        now,
    )


async def adopt(connection: Connection, adoptions: Sequence[tuple[str, str, date]], now: datetime) -> None:
    """Put policies into force: adoption_id, policy_id and the first business day of each."""
    ids, policy_ids, days = zip(*adoptions, strict=True)
    await connection.execute(SQL.insert_adoptions, ids, policy_ids, days, now)
