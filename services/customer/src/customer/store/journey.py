"""Signs of the journey: the queries."""

from tsunagu.chassis import beside

SQL = beside(__file__, "journey.sql")
