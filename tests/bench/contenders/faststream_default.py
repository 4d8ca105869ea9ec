"""The FastStream handler with FastStream's default acknowledgement: Kafka has it before the handler runs.

What a crash interrupts is lost; no figure shows that, so it stands here.
"""

from faststream import AckPolicy

from .faststream_safe import faststream
from .running import Place, run


async def _default(place: Place) -> None:
    await faststream(place, AckPolicy.ACK_FIRST)


if __name__ == "__main__":
    run(_default)
