"""Store managers: they pause pickups when there is nobody to pick, and resume them."""

from tsunagu.contracts.messages import PausePickup, ResumePickup
from tsunagu.retailer.intentions import PauseAct
from tsunagu.retailer.stage import Stage


class Managers:
    """Of all stores."""

    def __init__(self, stage: Stage, acts: tuple[PauseAct, ...]) -> None:
        self._stage = stage
        self._acts = acts

    async def play(self) -> None:
        """Begin every pause when its time has come."""
        for act in self._acts:
            await self._stage.clock.until(act.at)
            self._stage.begin(self._pause(act))

    async def _pause(self, act: PauseAct) -> None:
        source = f"staff/{act.location_id}"
        its_id = f"{self._stage.run_id}:pause:{act.location_id}"
        pause = PausePickup(
            pause_id=its_id,
            location_id=act.location_id,
            reason=act.reason,
            occurred_at=self._stage.clock.now,
        )
        await self._stage.ask(pause, source)
        await self._stage.clock.until(act.until)
        resume = ResumePickup(
            resume_id=its_id, location_id=act.location_id, occurred_at=self._stage.clock.now
        )
        await self._stage.ask(resume, source)
