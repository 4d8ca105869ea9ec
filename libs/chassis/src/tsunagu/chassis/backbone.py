"""What every service reads besides the topics of its own: what operators ask of it, and the others' heartbeats."""

from tsunagu.chassis.heartbeat import HEARTBEATS
from tsunagu.chassis.redriving import REDRIVES

BACKBONE = (REDRIVES, HEARTBEATS)
