"""Whoever sends trucks on runs of their own, beside what orders need."""

from tsunagu.contracts.messages import PlanTransfer
from tsunagu.contracts.values import TransferLine
from tsunagu.retailer.intentions import TruckAct
from tsunagu.retailer.stage import Stage


class Dispatchers:
    """Of the whole chain; staff load and unload, as they do every transfer."""

    def __init__(self, stage: Stage, acts: tuple[TruckAct, ...]) -> None:
        self._stage = stage
        self._acts = acts

    async def play(self) -> None:
        """Plan every run when its time has come."""
        for act in self._acts:
            await self._stage.clock.until(act.at)
            self._stage.begin(self._plan(act))

    async def _plan(self, act: TruckAct) -> None:
        run = PlanTransfer(
            transfer_id=transfer_id(self._stage.run_id, act),
            from_location_id=act.from_location_id,
            to_location_id=act.to_location_id,
            lines=tuple(
                TransferLine(line_id=str(place), sku=item.sku, quantity=item.quantity)
                for place, item in enumerate(act.items, start=1)
            ),
            occurred_at=self._stage.clock.now,
        )
        await self._stage.ask(run, "logistics")


def transfer_id(run_id: str, act: TruckAct) -> str:
    """The id of a run's transfer."""
    return f"{run_id}-{act.ref}"
