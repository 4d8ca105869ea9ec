"""What the processes of a service tell is put together: who is silent, who is behind, what it is about."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from edge.board.operating.merging import operations
from tsunagu.contracts.messages import ProcessCondition

NOW = datetime(2026, 4, 1, 3, tzinfo=UTC)


def a_condition(service: str = "order", instance: str = "a", age_seconds: float = 1, **changes: Any) -> Any:
    """A process's condition, told so many seconds ago; the next one comes after ten."""
    values = {
        "service": service,
        "instance": instance,
        "version": 1,
        "told_at": NOW - timedelta(seconds=age_seconds),
        "next_in_seconds": 10.0,
        "outbox_records": 0,
        "outbox_seconds": 0.0,
        "set_aside": 0,
        "due_failing": 0,
        "due_seconds": 0.0,
    }
    return ProcessCondition.model_validate({**values, **changes})


def a_lag(topic: str, records: int, seconds: float) -> dict[str, Any]:
    return {"topic": topic, "partitions": 1, "records": records, "seconds": seconds, "stopped": 0}


def a_group(*orders: tuple[str, int], **changes: Any) -> dict[str, Any]:
    values = {
        "topic": "order.commands",
        "reason": "handler_failed",
        "waiting": 1,
        "parked_keys": 1,
        "oldest_at": NOW,
        "first_id": 1,
        "orders_total": len(orders),
        "orders": [{"order_id": order_id, "amount_jpy": yen} for order_id, yen in orders],
    }
    return {**values, **changes}


def test_lags__of_two_processes__are_one_row_of_their_topic_with_the_oldest_age() -> None:
    one = a_condition(consumers=[a_lag("pos.sales", 5, 2.5), a_lag("order.events", 0, 0.0)])
    two = a_condition(instance="b", consumers=[a_lag("pos.sales", 7, 9.0)])
    found = operations([one, two], {}, NOW, 3)
    assert [(lag.topic, lag.records, lag.seconds, lag.partitions) for lag in found.lags] == [
        ("pos.sales", 12, 9.0, 2),
        ("order.events", 0, 0.0, 1),
    ]
    assert found.services[0].processes == 2


def test_services__whose_processes_all_stopped_telling__are_silent_and_one_that_was_replaced_is_not() -> None:
    replaced = a_condition(instance="old", age_seconds=500, consumers=[a_lag("pos.sales", 9, 9.0)])
    running = a_condition(instance="new", consumers=[a_lag("pos.sales", 1, 0.5)])
    stopped = a_condition("pickup", age_seconds=31, consumers=[a_lag("order.events", 4, 1.0)])
    late = a_condition("insight", age_seconds=29)
    found = operations([replaced, running, stopped, late], {}, NOW, 3)
    assert {one.service: one.silent for one in found.services} == {
        "order": False,
        "pickup": True,
        "insight": False,
    }
    assert {(lag.service, lag.topic): lag.records for lag in found.lags} == {
        ("order", "pos.sales"): 1,
        ("pickup", "order.events"): 4,
    }


def test_dead_letters__orders__are_worth_what_their_state_says_else_what_waits_says() -> None:
    group = a_group(("o1", 500), ("o2", 700), location_ids=["S001"], amount_jpy=30)
    found = operations([a_condition(dead_letters=[group])], {"o1": 900}, NOW, 3)
    [letters] = found.dead_letters
    assert [(order.order_id, order.amount_jpy) for order in letters.orders] == [("o1", 900), ("o2", 700)]
    assert (letters.total_jpy, letters.exact) == (1_630, True)
    assert (found.affected.orders, found.affected.amount_jpy, found.affected.exact) == (2, 1_630, True)


def test_affected__an_order_that_waits_in_two_services__counts_once() -> None:
    first = a_condition(dead_letters=[a_group(("o1", 0))])
    second = a_condition("pickup", dead_letters=[a_group(("o1", 0), ("o2", 0), orders_total=5)])
    found = operations([first, second], {"o1": 900}, NOW, 3)
    assert found.affected.orders == 5, "at least as many as one group has"
    assert found.affected.amount_jpy == 900
    assert not found.affected.exact


def test_affected__more_than_was_told__is_no_exact_number() -> None:
    told = a_condition(dead_letters=[a_group(("o1", 100))], more_dead_letters=True)
    assert not operations([told], {}, NOW, 3).affected.exact


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 99), st.floats(0, 999)), max_size=8))
def test_lags__in_all__are_the_records_of_all_processes_that_are_not_silent(
    told: list[tuple[str, int, float]],
) -> None:
    conditions = [
        a_condition(service, str(number), consumers=[a_lag("pos.sales", records, seconds)])
        for number, (service, records, seconds) in enumerate(told)
    ]
    lags = operations(conditions, {}, NOW, 3).lags
    assert sum(lag.records for lag in lags) == sum(records for _, records, _ in told)
    assert [lag.seconds for lag in lags] == sorted((lag.seconds for lag in lags), reverse=True)
    assert len(lags) == len({service for service, _, _ in told})
