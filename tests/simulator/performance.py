"""What takes part in one schedule, and what is written down of it."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from tsunagu.chassis.service import Service
from tsunagu.testing.simulated_clock import SimulatedClock

from .broker import Broker, Wire
from .post import Sent
from .process import Connections, Limits, Process
from .world import World


class Broken(AssertionError):  # noqa: N818 - what happened to a promise
    """A promise did not hold. The message says which, with the seed and the schedule that leads there."""

    def __init__(self, seed: int, found: Sequence[str], transcript: Sequence[str]) -> None:
        self.seed = seed
        self.found = tuple(found)
        lines = "\n".join(transcript)
        what = "\n".join(f"  {line}" for line in found)
        super().__init__(
            f"seed {seed} breaks what is promised:\n{what}\n\nThe schedule:\n{lines}\n\n"
            f"To run it again: make simulate SEED={seed}"
        )


@dataclass(slots=True)
class Stage:
    """What schedules share: the services, and connections to their databases. Empty before each."""

    services: Sequence[Service]
    connections: Mapping[str, Connections]
    urls: Mapping[str, str]


class Performance:
    """A seed's services, world, broker and clock; how far it has come, and what happened on the way."""

    def __init__(self, seed: int, stage: Stage, clock: SimulatedClock) -> None:
        self.seed = seed
        self.stage = stage
        self.clock = clock
        self.random = random = Random(seed)
        self.broker = Broker(clock)
        self.world = World(random, clock, self.broker)
        limits = Limits(random.choice((1, 16)), random.choice((2, 200)))
        self.processes = {
            service.name: Process(service, stage.connections[service.name], self.broker, Wire(random), limits)
            for service in stage.services
        }
        self.step = 0
        self.faults: Counter[str] = Counter()
        self.transcript: list[str] = []

    def fault(self, kind: str) -> None:
        """Count something that went wrong."""
        self.faults[kind] += 1

    def note(self, text: str) -> None:
        """Write down what happens now."""
        self.transcript.append(f"{self.step:4} {self.clock.monotonic():9.2f} {text}")

    def emit(self, sent: Sequence[Sent]) -> None:
        """Put messages of the world on their topics."""
        for one in sent:
            self.broker.produce(one.topic.name, one.record)
            self.note(f"outside: {one.name}")

    def broken(self, *found: str) -> Broken:
        """The error for what does not hold."""
        return Broken(self.seed, found, self.transcript)

    def digest(self) -> str:
        """Of what happened, and of what came to be on the topics: all ids and types, in order."""
        digest = hashlib.sha256("\n".join(self.transcript).encode())
        for place, log in self.broker.logs.items():
            for record in log:
                headers = dict(record.headers)
                digest.update(
                    f"{place}{record.offset}{headers.get('ce_id')}{headers.get('ce_type')}".encode()
                )
        return digest.hexdigest()
