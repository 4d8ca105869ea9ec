"""A retailer's CSV exports as messages. Every line becomes messages or a reason why not; nothing is sent here."""

from tsunagu.importing.encodings import Encoding, detect
from tsunagu.importing.kinds import KINDS, Kind
from tsunagu.importing.orders import SpoiltOrder, WholeOrder, grouped, orders_kind
from tsunagu.importing.outcomes import Bad, Good, NotImportable, Problem
from tsunagu.importing.reading import Import

__all__ = [
    "KINDS",
    "Bad",
    "Encoding",
    "Good",
    "Import",
    "Kind",
    "NotImportable",
    "Problem",
    "SpoiltOrder",
    "WholeOrder",
    "detect",
    "grouped",
    "orders_kind",
]
