"""What the demo concludes from what it sees: when a run is at rest, and whether it was a success."""

import asyncio
import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from audit.report import HEADINGS, Findings, Heading, Report
from tsunagu.cli.demo.rest import QUIET_ROUNDS, NotAtRest, first_of, wait_for_rest
from tsunagu.cli.demo.result import Result, credit_table, customers_table, kpis_table
from tsunagu.cli.demo.services import state_from
from tsunagu.retailer.board import Credit, Customers, ShownKpi
from tsunagu.retailer.figures import Figures

_METRICS = """
# HELP tsunagu_consumer_lag_records Records in the topic not yet handled
# TYPE tsunagu_consumer_lag_records gauge
tsunagu_consumer_lag_records{topic="order.events"} 3.0
tsunagu_consumer_lag_records{topic="pos.sales"} 0.0
tsunagu_consumer_lag_seconds{topic="order.events"} 1.5
tsunagu_consumer_lag_seconds{topic="pos.sales"} 0.0
tsunagu_outbox_rows 2.0
tsunagu_due_work_oldest_age_seconds 0.0
tsunagu_consumer_records_total{outcome="handled",topic="order.events"} 12.0
tsunagu_dead_letters 1.0
tsunagu_parked_keys 1.0
tsunagu_pickup_transfers_at_risk{state="planned"} 2.0
tsunagu_pickup_transfers_at_risk{state="shipped"} 1.0
python_info{implementation="CPython"} 1.0
"""


def test_state__of_metrics__has_lag_by_topic_outbox_and_dead_letters() -> None:
    state = state_from(_METRICS, ready=True)
    assert state.lag == {"order.events": 3, "pos.sales": 0}
    assert state.lag_seconds == {"order.events": 1.5, "pos.sales": 0.0}
    assert state.outbox_rows == 2
    assert state.dead_letters == 2
    assert state.transfers_at_risk == 3
    assert not state.is_idle
    assert state.busy_with == "has not handled 3 of order.events"


def test_state__nothing_behind__is_idle_only_when_ready() -> None:
    quiet = 'tsunagu_consumer_lag_records{topic="order.events"} 0.0\ntsunagu_outbox_rows 0.0\n'
    assert state_from(quiet, ready=True).is_idle
    assert not state_from(quiet, ready=False).is_idle
    assert state_from(quiet, ready=False).busy_with == "not ready"
    assert state_from("tsunagu_outbox_rows 4.0", ready=True).busy_with == "4 messages to send"
    assert not state_from("tsunagu_due_work_oldest_age_seconds 2.0", ready=True).is_idle


class _Run:
    """A run seen from outside, round by round: what is missing, and how much has been said."""

    def __init__(self, *rounds: tuple[list[str], int]) -> None:
        self._rounds = rounds
        self.seen = 0

    def missing(self) -> list[str]:
        return self._now()[0]

    def said(self) -> int:
        return self._now()[1]

    def _now(self) -> tuple[list[str], int]:
        return self._rounds[min(self.seen, len(self._rounds)) - 1]

    async def next_round(self) -> None:
        self.seen += 1
        await asyncio.sleep(0.001)


async def test_rest__nothing_missing_and_nothing_new__comes_after_the_quiet_rounds() -> None:
    run = _Run(([], 5))
    await wait_for_rest(run.missing, run.said, run.next_round)
    assert run.seen == 1 + QUIET_ROUNDS


async def test_rest__something_new_is_said__the_rounds_begin_again() -> None:
    run = _Run(([], 5), ([], 5), ([], 6), ([], 6))
    await wait_for_rest(run.missing, run.said, run.next_round)
    assert run.seen == 3 + QUIET_ROUNDS


async def test_rest__something_is_missing_for_a_while__is_waited_for() -> None:
    run = _Run((["an order"], 5), (["an order"], 5), (["an order"], 5), ([], 5))
    await wait_for_rest(run.missing, run.said, run.next_round)
    assert run.seen == 3 + QUIET_ROUNDS


async def test_rest__nothing_happens_any_more__names_what_is_missing() -> None:
    run = _Run((["1 orders open (o1)"], 5))
    with pytest.raises(NotAtRest, match="o1"):
        await wait_for_rest(run.missing, run.said, run.next_round, patience_seconds=0.05)


async def test_rest__somebody_asks_again_and_again__is_given_up_after_the_longest_time() -> None:
    run = _Run((["1 commands without an outcome"], 0))
    with pytest.raises(NotAtRest, match="without an outcome"):
        await wait_for_rest(run.missing, lambda: run.seen, run.next_round, seconds_max=0.05)


async def test_first_of__something_beside_it_fails__fails_at_once() -> None:
    async def fail() -> None:
        raise ValueError("an actor failed")

    async def wait_for_ever() -> None:
        await asyncio.Event().wait()

    beside = asyncio.ensure_future(fail())
    with pytest.raises(ValueError, match="an actor failed"):
        await first_of(wait_for_ever(), beside)


FIGURES = Figures(
    orders={"placed": 1},
    states={"completed": 1},
    latency_ms={"p50": 1.0, "p95": 2.0, "p99": 3.0},
    stock={"sold": {"ec": 1}},
    pickup_minutes={"tasks": 1, "total": 0.5, "per_task": 0.5},
    credit=Credit(100, 50, {"S001": 100}, {"ec": 50}),
)


def test_tables__of_customers_credit_and_kpis__say_what_there_is_and_that_there_is_no_data() -> None:
    console = Console(record=True, width=120, file=io.StringIO())
    console.print(
        customers_table(Customers(2, 5, 1, {"loyal": 2}, {"returned": 1}, {"seen:store → bought:ec": 2}))
    )
    console.print(credit_table(Credit(1100, 50, {f"S{n:03}": 100 for n in range(11)}, {"ec": 50})))
    kpis = {"pickup_share": ShownKpi(62.5, "percent", target=40.0, owner="ec")}
    console.print(kpis_table({**kpis, "no_show_rate": ShownKpi(None, "percent", "nothing has ended")}))
    text = console.export_text()
    for said in (
        "2, from 5 refs; 1 merged",
        "loyal 2",
        "seen:store → bought:ec: 2",
        "1 others",
        "¥1,100",
        "¥50",
    ):
        assert said in text
    rows = {line.split("│")[1].strip(): line for line in text.splitlines() if line.count("│") == 5}
    assert "62.5 percent" in rows["pickup share"]
    assert "no data" in rows["no show rate"]


def test_result__clean__has_five_zeros(tmp_path: Path) -> None:
    result = Result(FIGURES, Report())
    assert result.is_clean
    result.write(tmp_path / "result.json")
    written = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))
    assert {"orders", "latency_ms", "stock", "credit", "pickup_minutes", "audit"} <= set(written)
    assert written["audit"] == {
        "oversold": 0,
        "lost": 0,
        "doubled": 0,
        "unbalanced": 0,
        "dead_letters": 0,
    }


@pytest.mark.parametrize("heading", HEADINGS)
def test_result__one_finding_of_any_kind__is_not_clean_and_says_why(heading: Heading) -> None:
    found = Findings()
    found.add(heading, "SKU1 at S001", "because")
    report = found.report()
    result = Result(FIGURES, report)
    assert not result.is_clean
    written = result.as_json()
    assert written["audit"][heading] == 1  # type: ignore[index]  # an object of objects
    assert written["findings"][heading] == [{"subject": "SKU1 at S001", "why": "because"}]  # type: ignore[index]


def test_result__work_that_did_not_end__is_not_clean() -> None:
    assert not Result(FIGURES, Report(), ["the run did not come to rest"]).is_clean


def test_result__without_an_audit__is_not_clean_and_counts_nothing() -> None:
    result = Result(FIGURES, None, ["the audit could not be done"])
    assert not result.is_clean
    assert result.as_json()["audit"] == dict.fromkeys(HEADINGS)
