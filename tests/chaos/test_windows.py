"""The flood asks as it says, and what others paid meanwhile is set beside what they pay undisturbed."""

import asyncio
import sys
from collections import Counter
from dataclasses import replace

import pytest

from .callers import COUNTER_ORDER, LIST, PARTNER, PARTNER_ORDER, STAFF
from .comparing import as_markdown, quantile, rows
from .flood import addresses, ask_on, questions
from .windows import INVENTORY, Comparison, Window

REFUSED = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\n\r\nno"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has all of 127.0.0.0/8")
async def test_flood__whatever_it_is_answered__asks_on_and_from_no_address_too_often() -> None:
    asked: Counter[str] = Counter()
    enough = asyncio.Event()

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (await reader.readline()).startswith(b"GET /v1/stock?sku=K"):
            await reader.readuntil(b"\r\n\r\n")
            asked[writer.get_extra_info("peername")[0]] += 1
            writer.write(REFUSED)
            if len(asked) == 3:
                enough.set()
        writer.close()

    counts: Counter[str] = Counter()
    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        flood = asyncio.create_task(
            ask_on("127.0.0.1", port, addresses(), questions("door", ["K1", "K2"]), counts, 5)
        )
        await enough.wait()
        flood.cancel()
        await asyncio.gather(flood, return_exceptions=True)
    assert set(list(asked.values())[:2]) == {5}
    assert counts["503"] >= 10


def a_window(name: str, cpu_ms: float, took: float, answers: dict[str, int]) -> Window:
    return Window(
        name,
        10.0,
        dict.fromkeys((INVENTORY, PARTNER, STAFF), cpu_ms),
        {call: [took] * 4 for call in (PARTNER_ORDER, COUNTER_ORDER, LIST)},
        3,
        None,
        answers,
    )


def test_rows__of_a_flood__are_told_beside_the_undisturbed_window_and_what_they_may_be() -> None:
    usual = a_window("undisturbed", 2.0, 0.1, {})
    flooded = a_window("in a flood", 3.0, 0.2, {"200": 900, "503": 100})
    told = {name: cells for name, *cells in rows(Comparison(usual, flooded))}
    assert told["inventory: CPU ms per record"] == ["2", "3", "1.50", "1.10"]
    assert told[f"{LIST}: p99 ms"] == ["100", "200", "2.00", "2.00"]
    assert told[f"{LIST}: median ms"] == ["100", "200", "2.00", ""]
    assert told["flood: answered, refused per s"] == ["0, 0", "90, 10", "", "≥ 50"]
    assert told["calls answered, not made"] == ["12, 3", "12, 3", "", ""]
    assert told["shopper process: CPUs used"] == ["–", "–", "", ""]
    assert as_markdown([Comparison(usual, flooded)]).startswith("|  | undisturbed | in a flood |")


def test_rows__of_calls_that_nobody_answered__say_so() -> None:
    usual = a_window("undisturbed", 2.0, 0.1, {})
    silent = replace(usual, took_seconds=dict.fromkeys(usual.took_seconds, ()))
    told = {name: cells for name, *cells in rows(Comparison(usual, silent))}
    assert told[f"{LIST}: p99 ms"] == ["100", "–", "–", "2.00"]


def test_quantile__of_values__is_the_one_that_this_share_does_not_exceed() -> None:
    values = [float(number) for number in range(1, 101)]
    assert (quantile(values, 0.5), quantile(values, 0.99), quantile([], 0.5)) == (50.0, 99.0, None)


def test_rows__of_fewer_requests_than_make_a_flood__say_that_there_was_none() -> None:
    usual = a_window("undisturbed", 2.0, 0.1, {})
    for answers, told in (({"200": 400, "503": 99}, "no flood: ≥ 50"), ({"200": 400, "503": 100}, "≥ 50")):
        flooded = a_window("in a flood", 3.0, 0.2, answers)
        cells = {name: cells for name, *cells in rows(Comparison(usual, flooded))}
        assert cells["flood: answered, refused per s"][-1] == told
