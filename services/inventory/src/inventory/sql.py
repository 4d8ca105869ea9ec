"""The queries of `queries.sql`, by name."""

from tsunagu.chassis import beside

SQL = beside(__file__)
