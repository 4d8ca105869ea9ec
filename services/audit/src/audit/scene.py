"""What a rule is given: what the topics say, what the databases hold, and where to put what does not hold."""

from dataclasses import dataclass, field

from audit.databases import Databases
from audit.log import Log
from audit.replay import Ends
from audit.report import Findings
from audit.settings import AuditSettings
from audit.tables import StockId, Told


@dataclass(slots=True)
class Scene:
    """One audit under way."""

    log: Log
    told: Told
    ends: Ends
    databases: Databases
    findings: Findings
    settings: AuditSettings
    was_rebuilt: bool = False
    """Whether a service has told everything again to an empty Kafka: state topics begin with what was so that day."""
    dead: dict[str, set[str]] = field(default_factory=dict)
    """Database → ce_ids of messages that wait as dead letters there, or that an operator has discarded."""
    dead_places: set[tuple[str, int, int]] = field(default_factory=set)
    """Topic, partition and offset of every dead letter there ever was."""
    judged: set[StockId] = field(default_factory=set)
    """Rows of stock about which something was found: what follows from it is no finding of its own."""

    def is_dead(self, database: str, message_id: str) -> bool:
        """Whether a message is a dead letter in a database, so that nothing follows from it there."""
        return message_id in self.dead.get(database, ())
