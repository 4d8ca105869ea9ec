"""The whole demo, small and fast: every service, a real Kafka and PostgreSQL, and an audit that finds nothing."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tsunagu.retailer.occurrences import KINDS

DEMO_SECONDS_MAX = 400
ORDERS = 30


@pytest.mark.wide  # the short chaos plays the same retailer, and has it audited
@pytest.mark.journey
@pytest.mark.timeout(DEMO_SECONDS_MAX + 20)
def test_demo__a_small_retailer__ends_with_a_clean_audit_and_its_figures(tmp_path: Path) -> None:
    result = tmp_path / "result.json"
    arguments = ["--seed", "5", "--orders", str(ORDERS), "--stores", "3", "--skus", "40", "--seconds", "15"]
    run = subprocess.run(
        [sys.executable, "-m", "tsunagu.cli.main", "demo", *arguments, "--json", str(result)],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=DEMO_SECONDS_MAX,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    written = json.loads(result.read_text(encoding="utf-8"))
    assert set(written["audit"].values()) == {0}
    orders = written["orders"]
    assert orders["placed"] == ORDERS
    assert orders["confirmed"] + orders["rejected"] <= ORDERS
    assert min(orders["ready"], orders["collected"], orders["delivered"]) > 0
    assert sum(orders["by_state"].values()) == ORDERS
    assert {"ec", "app", "store"} <= set(written["stock"]["sold"])
    assert written["latency_ms"]["p50"] > 0
    assert written["pickup_minutes"]["tasks"] > 0
    credit = written["credit"]
    assert credit["stores_jpy"] == sum(credit["by_store_jpy"].values()) > 0
    assert credit["ec_jpy"] == credit["by_department_jpy"]["ec"]
    customers = written["customers"]
    assert 0 < customers["known"] == sum(customers["by_segment"].values()) <= customers["refs"]
    assert customers["paths"]
    assert written["kpis"]["pickup_share"]["value"] > 0
    assert set(written["kinds"]) == set(KINDS)
    # Nothing of it is left behind.
    assert not list(tmp_path.glob("tsunagu-demo-*"))
