"""Tills: they report what was sold, voided and returned, some of it late, twice or out of order."""

from tsunagu.contracts.topics import POS_SALES
from tsunagu.retailer.intentions import Sale, TillAct
from tsunagu.retailer.sender import record_of
from tsunagu.retailer.stage import Stage


class Tills:
    """All tills of the chain."""

    def __init__(self, stage: Stage, acts: tuple[TillAct, ...]) -> None:
        self._stage = stage
        self._acts = acts

    async def play(self) -> None:
        """Send every document when its time has come."""
        for act in self._acts:
            await self._stage.clock.until(act.sent_at)
            self._stage.begin(self._send(act))

    async def _send(self, act: TillAct) -> None:
        sale = act.document if isinstance(act.document, Sale) else act.document.sale
        message = self._stage.documents.message(act.document, self._stage.clock.at(act.happened_at))
        source = f"till/{sale.location_id}-{sale.register_id}"
        record = record_of(message, source)
        await self._stage.kafka.send_record(POS_SALES.name, record)
        for _ in range(act.copies - 1):
            again = record if act.same_message else record_of(message, source)
            await self._stage.kafka.send_record(POS_SALES.name, again)
