"""Whom orders are for: the queries."""

from tsunagu.chassis import beside

SQL = beside(__file__, "parties.sql")
