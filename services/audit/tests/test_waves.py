"""The rule about waves: each task on one list at most, each list what is left of its tasks."""

from collections.abc import Callable
from typing import Any

import pytest

from audit.rules.waves import check_waves
from audit.tables import Listed, ListLine
from tsunagu.contracts.values import DOCUMENT_LINES_MAX

NewCase = Callable[..., Any]


def a_line(sku: str = "coat", task_id: str | None = None, quantity: int = 1) -> ListLine:
    return ListLine(task_id, f"line-{sku}", "a", sku, quantity)


def a_task(*lines: ListLine, wave_id: str | None = "w", is_open: bool = True) -> Listed:
    return Listed(False, is_open, wave_id, lines)


def a_wave(*lines: ListLine, is_open: bool = True) -> Listed:
    return Listed(True, is_open, None, lines)


TASK = a_task(a_line(), a_line("scarf", quantity=2))
WAVE = a_wave(a_line(task_id="t"), a_line("scarf", "t", 2))


async def found(case: NewCase, lists: dict[str, Listed], due: tuple[str, ...] = ()) -> dict[str, list[str]]:
    built = case(pickup={"waves_due": [{"wave_id": wave_id} for wave_id in due]})
    built.scene.told.lists.update(lists)
    await check_waves(built.scene)
    return {heading: [each.subject for each in built.report.of(heading)] for heading in built.report.red}


async def test_waves__lists_show_what_is_left__nothing_is_found(case: NewCase) -> None:
    assert await found(case, {"t": TASK, "w": WAVE}) == {}
    ended = a_task(wave_id="w", is_open=False)
    assert await found(case, {"t": TASK, "done": ended, "w": WAVE}) == {}
    assert await found(case, {"done": ended, "w": a_wave(is_open=False)}) == {}


@pytest.mark.parametrize(
    "wave",
    [
        a_wave(a_line(task_id="t")),
        a_wave(*WAVE.lines, a_line("cup", "t")),
        a_wave(a_line(task_id="t"), a_line("scarf", "t", 1)),
        a_wave(*WAVE.lines, a_line("cup", "another")),
        a_wave(),
    ],
)
async def test_waves__a_list_is_not_what_is_left_of_its_tasks__is_lost(case: NewCase, wave: Listed) -> None:
    assert await found(case, {"t": TASK, "w": wave}) == {"lost": ["w"]}
    assert await found(case, {"t": TASK, "w": wave}, due=("w",)) == {}


@pytest.mark.parametrize("lists", [{"w": a_wave(is_open=False)}, {}])
async def test_waves__an_open_task_is_in_a_wave_that_is_none__is_lost(
    case: NewCase, lists: dict[str, Listed]
) -> None:
    assert await found(case, {"t": TASK, **lists}) == {"lost": ["t"]}
    assert await found(case, {"t": TASK, **lists}, due=("w",)) == {}


async def test_waves__a_task_is_on_two_lists__is_doubled(case: NewCase) -> None:
    lists = {"w": WAVE, "v": a_wave(a_line(task_id="t"))}
    assert await found(case, {"t": TASK, **lists}) == {"lost": ["v"], "doubled": ["t"]}


async def test_waves__a_list_is_as_long_as_a_message_can_be__may_lack_lines_and_have_none_beyond(
    case: NewCase,
) -> None:
    lines = [a_line(f"sku-{number}", "t") for number in range(DOCUMENT_LINES_MAX + 5)]
    task = a_task(*(line._replace(task_id=None) for line in lines))
    assert await found(case, {"t": task, "w": a_wave(*lines[:DOCUMENT_LINES_MAX])}) == {}
    other = [*lines[1:DOCUMENT_LINES_MAX], a_line("cup", "t")]
    assert await found(case, {"t": task, "w": a_wave(*other)}) == {"lost": ["w"]}
    assert await found(case, {"t": task, "w": a_wave(*lines[: DOCUMENT_LINES_MAX - 1])}) == {"lost": ["w"]}
