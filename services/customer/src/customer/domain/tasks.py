"""What customer asks a person to decide; each kind has its rule in tsunagu.planning."""

from enum import StrEnum


class TaskKind(StrEnum):
    """What somebody is to decide."""

    MERGE_REVIEW = "merge_review"
    """Whether two customers are one: there is evidence for it, and not enough to merge them."""
    CONTRADICTION = "contradiction"
    """Whom a ref means: a channel has said another given name and another birth date than before."""
