"""Tasks that order, inventory and customer keep as they were published: each difference from what was said is found."""

from collections.abc import Callable
from typing import Any

import pytest

from audit.rules.states import check_customer_tasks, check_inventory_tasks, check_order_tasks
from audit.scene import Scene


@pytest.mark.parametrize(
    ("service", "rule"),
    [
        ("order", check_order_tasks),
        ("inventory", check_inventory_tasks),
        ("customer", check_customer_tasks),
    ],
)
async def test_tasks__each_difference_from_the_database__is_lost(
    case: Callable[..., Any], service: str, rule: Callable[[Scene], Any]
) -> None:
    def row(task_id: str, version: int = 2, *, is_open: bool = True) -> dict[str, Any]:
        return {"task_id": task_id, "version": version, "is_open": is_open}

    rows = [
        row("right"),
        row("done", is_open=False),
        row("newer", 3),
        row("never told"),
        row("told done"),
        row("told open", is_open=False),
    ]
    found = case(**{service: {"tasks": rows}})
    found.scene.told.states[f"{service}.tasks"] = {
        "right": (2, "open", None),
        "done": (2, "done", None),
        "newer": (2, "open", None),
        "told done": (2, "done", None),
        "told open": (2, "open", None),
        "of nobody": (1, "open", None),
    }
    await rule(found.scene)
    assert {finding.subject for finding in found.report.lost} == {
        "newer", "never told", "told done", "told open", "of nobody",
    }  # fmt: skip
