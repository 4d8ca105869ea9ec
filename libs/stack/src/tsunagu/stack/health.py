"""Asks every process of a running system, from outside, whether it works."""

import asyncio
from pathlib import Path

from tsunagu.stack import kafka, passwords, postgres
from tsunagu.stack.addresses import POSTGRES, PROMETHEUS, is_broker
from tsunagu.stack.errors import StackError
from tsunagu.stack.ports import HOST
from tsunagu.stack.readiness import http_ok
from tsunagu.stack.state import ProcessState, SystemState


async def check_system(home: Path, state: SystemState) -> dict[str, bool]:
    """Whether each process answers now, by name; all are asked at the same time, for a few seconds at most."""
    secrets = passwords.load(home)
    answers = await asyncio.gather(
        *(_answers(process, secrets.get(postgres.SUPERUSER, "")) for process in state.processes)
    )
    return {process.name: answer for process, answer in zip(state.processes, answers, strict=True)}


async def _answers(process: ProcessState, superuser_password: str) -> bool:
    if process.port is None or process.pid is None:
        return False
    try:
        match process.name:
            case name if is_broker(name):
                return await kafka.answers(f"{HOST}:{process.port}")
            case name if name == POSTGRES:
                return await postgres.answers(
                    f"postgresql://{postgres.SUPERUSER}:{superuser_password}@{HOST}:{process.port}/postgres"
                )
            case name if name == PROMETHEUS:
                return await http_ok(HOST, process.port, "/-/ready")
            case _:
                return await http_ok(HOST, process.port, "/readyz")
    except (OSError, TimeoutError, StackError):
        return False
