"""Where customers were seen with goods, told apart from their orders: before them, or long after."""

from dataclasses import dataclass
from datetime import datetime

from insight.domain.basis import Touch
from tsunagu.contracts.values import TouchpointKind


@dataclass(frozen=True, slots=True)
class Sighting:
    """A customer was seen with a SKU at a location. Whose it is stands beside it, as a hash."""

    activity_id: str
    kind: TouchpointKind
    location_id: str
    at: datetime

    @property
    def touch(self) -> Touch:
        """As a touchpoint of an order."""
        return Touch(self.kind, self.location_id, None, self.at)
