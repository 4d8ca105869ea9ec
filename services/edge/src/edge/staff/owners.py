"""Who comes to the staff process: a store, or a department, an area or headquarters, who do none of a store's work."""

from typing import Annotated

from fastapi import Depends
from pydantic import Field

from edge.problems import Problem
from edge.web_app import CallerAtDoor
from tsunagu.contracts.values import LocationId, Ref

HEADQUARTERS = "headquarters"
_DEPARTMENT, _AREA = "dept:", "area:"

OwnerRef = Annotated[Ref, Field(pattern=r"^(dept:.+|area:.+|headquarters)$")]
"""Whoever tasks go to beside stores, as a key or an account stands for them."""

StoreOrOwner = LocationId | OwnerRef
"""Whom an account of the staff process may act for."""


def is_owner(holder: str) -> bool:
    """Whether a key or an account is no store's; a location id holds no colon, and no store is called headquarters."""
    return holder == HEADQUARTERS or holder.startswith((_DEPARTMENT, _AREA))


def department_of(holder: str) -> str | None:
    """The department that a holder is, by its name in tasks; None for anybody else."""
    return holder.removeprefix(_DEPARTMENT) if holder.startswith(_DEPARTMENT) else None


async def _store_only(caller: CallerAtDoor) -> None:
    if is_owner(caller.holder):
        raise Problem(
            403, "forbidden", f"This is a store's work; {caller.holder} sees tasks and answers them."
        )


STORE_ONLY = Depends(_store_only)
"""A dependency of routes that are a store's work; 403 for everybody else."""
