"""Fixtures that every test of the repository may use."""

import os

import pytest

from tsunagu.chassis.logs import configure
from tsunagu.chassis.settings import ChassisSettings
from tsunagu.testing.embedded import memory, runs_programs

# A worker inherits what readline has set in the process that starts it, and consoles would keep to 80 columns.
os.environ.pop("COLUMNS", None)

# Whole systems have their homes in tests' own folders. On a disk each commit there waits for it, some milliseconds;
# what is killed finds its data in memory all the same.
if (room := memory()) is not None and runs_programs(room):
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(room))

pytest_plugins = ["tsunagu.testing.plugin"]


@pytest.fixture(scope="session", autouse=True)
def _quiet_logs() -> None:
    """Logs as people read them, without what is only of interest in production."""
    configure(ChassisSettings(log_format="human", log_level="warning"), "tests")
