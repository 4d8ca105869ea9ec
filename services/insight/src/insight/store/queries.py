"""The named queries of the service."""

from pathlib import Path

from tsunagu.chassis import Queries

SQL = Queries(Path(__file__).parent.parent / "queries.sql")
