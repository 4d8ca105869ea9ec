"""The chassis with nothing to read: `python -m tsunagu.chassis tests.bench.contenders.relay_only`.

What is left of it is the relay: it sends what stands in the outbox.
"""

from tsunagu.chassis import Service
from tsunagu.contracts.topics import INVENTORY_EVENTS

SERVICE = Service("inventory", events=INVENTORY_EVENTS)
