"""The compose file tells the continuous check what it needs."""

import re
from pathlib import Path

from audit.reconcile.__main__ import reading_urls

ROOT = Path(__file__).resolve().parents[3]


def test_compose__the_audit_is_told_every_database_of_a_service() -> None:
    compose = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    told = dict(re.findall(r"(TSUNAGU_AUDIT_DATABASE_URL_\w+): (\S+)", compose))
    databases = set(re.findall(r"POSTGRES_DB: tsunagu_(\w+)", compose)) - {"audit"}
    assert set(reading_urls(told)) == databases
    assert all(url.startswith("postgresql://tsunagu_audit:") for url in told.values())
