"""Answers to what was asked of insight: policies that were tried, and what stands behind a KPI."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from edge.board.handlers import SQL
from edge.board.shown_routes import limits_of
from edge.problems import Problem
from edge.web_app import AtDoor, Door, Holder, reading
from tsunagu.contracts.messages import KpiExplained, PolicyTried
from tsunagu.contracts.values import Id

router = APIRouter()


class Trials(BaseModel):
    """Policies that were tried, the latest first."""

    trials: list[PolicyTried]


@router.get("/v1/policy-trials", response_model=Trials, response_model_exclude_none=True)
async def get_trials(door: AtDoor, _: Holder) -> dict[str, Any]:
    """The policies that anybody has tried of late."""
    async with reading(door) as connection:
        rows = await connection.fetch(
            SQL.read_latest_found, PolicyTried.WIRE_TYPE, limits_of(door).trials_shown_max
        )
    return {"trials": [row["body"] for row in rows]}


@router.get("/v1/policy-trials/{trial_id}", response_model=PolicyTried, response_model_exclude_none=True)
async def get_trial(trial_id: Id, door: AtDoor, _: Holder) -> dict[str, Any]:
    """What everybody would have been credited by a policy; 404 until it is worked out."""
    return await _found(door, PolicyTried.WIRE_TYPE, trial_id)


@router.get("/v1/explanations/{question_id}", response_model=KpiExplained, response_model_exclude_none=True)
async def get_explanation(question_id: Id, door: AtDoor, _: Holder) -> dict[str, Any]:
    """The orders, picks and so on behind a KPI; 404 until they are found."""
    return await _found(door, KpiExplained.WIRE_TYPE, question_id)


async def _found(door: Door, wire_type: str, question_id: str) -> dict[str, Any]:
    async with reading(door) as connection:
        row = await connection.fetchrow(SQL.read_found, wire_type, question_id)
    if row is None:
        raise Problem(
            404, "not-found", "There is no answer yet; see /v1/commands for what became of the question."
        )
    body: dict[str, Any] = row["body"]
    return body
