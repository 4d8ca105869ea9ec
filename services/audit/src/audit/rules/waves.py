"""Waves: a task is on one list at most, and a list is what is left of its tasks."""

from collections import Counter, defaultdict

from audit.scene import Scene
from audit.tables import ListLine
from tsunagu.contracts.values import DOCUMENT_LINES_MAX


async def check_waves(scene: Scene) -> None:
    """Doubled: a task is on two lists. Lost: its wave has ended without it, or a list is not what is left.

    A wave whose tasks changed a moment ago is passed over: its list follows in a second step.
    """
    due = {row["wave_id"] for row in await scene.databases["pickup"].fetch("waves_due")}
    listed = scene.told.lists
    waves = {wave_id: task for wave_id, task in listed.items() if task.is_wave and task.is_open}
    scene.findings.count("waves", len(waves))
    left: dict[str, Counter[ListLine]] = defaultdict(Counter)
    for task_id, task in listed.items():
        if task.wave_id is None or not task.is_open or task.wave_id in due:
            continue
        if task.wave_id not in waves:
            why = f"somebody has to do it in wave {task.wave_id}, which has ended or never was"
            scene.findings.add("lost", task_id, why)
        left[task.wave_id].update(line._replace(task_id=task_id) for line in task.lines)
    on_lists: dict[str, list[str]] = defaultdict(list)
    for wave_id in sorted(waves.keys() - due):
        lines = waves[wave_id].lines
        for task_id in sorted({line.task_id for line in lines if line.task_id is not None}):
            on_lists[task_id].append(wave_id)
        _check_list(scene, wave_id, Counter(lines), left[wave_id])
    for task_id, wave_ids in on_lists.items():
        if len(wave_ids) > 1:
            why = f"it is on the lists of waves {', '.join(wave_ids)}, and one person can do it"
            scene.findings.add("doubled", task_id, why)


def _check_list(scene: Scene, wave_id: str, lines: Counter[ListLine], left: Counter[ListLine]) -> None:
    beyond, lacking = lines - left, left - lines
    if lines.total() >= DOCUMENT_LINES_MAX:
        lacking.clear()  # what goes beyond a message is on the list as it shrinks
    if beyond or lacking:
        why = (
            f"its list has {beyond.total()} lines that are not left of its tasks,"
            f" and lacks {lacking.total()} that are"
        )
        scene.findings.add("lost", wave_id, why)
