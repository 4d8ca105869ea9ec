"""The outside world: tills, channels, shoppers, staff and carriers of a small retailer, drawn from a seed.

What they mean to do is a script; what they do about their tasks and notices follows from what the topics say.
"""

from random import Random

from tsunagu.testing.simulated_clock import SimulatedClock

from .broker import Broker
from .master_data import LOCATIONS, master_data
from .paperwork import Paperwork
from .post import Post, Sent
from .reactions import Reaction, Reactions
from .script import Script


class World:
    """Everybody outside. `act` lets one of them do something; `hear` is what they learn from the topics."""

    def __init__(self, random: Random, clock: SimulatedClock, broker: Broker) -> None:
        self._random = random
        self._paperwork = Paperwork(random, clock)
        self._post = Post(random, clock)
        self._script = Script(random, clock, self._paperwork)
        self._reactions = Reactions(clock, broker, self._script.orders, self._paperwork, self._post)

    def opening(self) -> list[Sent]:
        """The shops, their goods and their stock, before anything happens."""
        stock = [self._paperwork.opening_stock(place) for place in LOCATIONS]
        return [self._post.enveloped(message) for message in (*master_data(), *stock)]

    @property
    def orders(self) -> int:
        """Orders that have been placed."""
        return len(self._script.orders)

    def act(self) -> list[Sent]:
        """Somebody does something now: about the script, a task, a notice, or a message sent before. Or nobody does."""
        acts: list[Reaction] = []
        if not self._script.is_done:
            acts += [self.play_on] * 3
        if self._post.has_more:
            acts.append(self._post.send_again)
        acts += self._reactions.waiting()
        return self._random.choice(acts)() if acts else []

    def react(self) -> list[Sent]:
        """All that can be done about tasks, notices and messages that are to be sent again. Nothing goes wrong."""
        sent: list[Sent] = []
        while self._post.has_more:
            sent += self._post.send_again()
        for reaction in self._reactions.waiting():
            sent += reaction()
        return sent

    def play_on(self) -> list[Sent]:
        """The next act of the script, if there is one."""
        return [] if self._script.is_done else self._post.send(self._script.play())

    def hear(self) -> None:
        """Learn what is new on the topics that people look at."""
        self._reactions.hear()

    def left_over(self) -> list[str]:
        """Tasks that nobody can do."""
        return self._reactions.left_over()
