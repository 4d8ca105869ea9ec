"""What an adapter of a carrier says: its codes in our words, and what its labels need. No address, no network."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tsunagu.contracts.values import TrackingStatus


class CarrierCodeError(ValueError):
    """A code, time band or number that this carrier does not have. The message is for the caller."""


@dataclass(frozen=True)
class Label:
    """What is printed on a label beside the address, which only `customer` knows."""

    carrier: str
    barcode: str
    symbology: str
    """How the barcode is drawn: codabar or qr."""
    time_band_code: str | None
    """The carrier's own code of the hours between which it shall deliver."""


@dataclass(frozen=True)
class Carrier:
    """A carrier as its adapter knows it. `name` is what its API key stands for."""

    name: str
    statuses: Mapping[str, TrackingStatus]
    """What its status codes mean."""
    barcode_of: Callable[[str], tuple[str, str]]
    """Barcode and symbology for a tracking number; raises CarrierCodeError for one that it can't have given."""
    time_bands: Mapping[str, str] = field(default_factory=dict)
    """Its code of each of our time bands that it delivers in."""

    def status_of(self, code: str) -> TrackingStatus:
        """What a status code means. Raises CarrierCodeError."""
        status = self.statuses.get(code)
        if status is None:
            known = ", ".join(sorted(self.statuses))
            raise CarrierCodeError(f"{self.name} has no such status; it has {known}.")
        return status

    def time_band_of(self, code: str) -> str:
        """Our name of a time band that the carrier names. Raises CarrierCodeError."""
        for band, its_code in self.time_bands.items():
            if its_code == code:
                return band
        raise CarrierCodeError(f"{self.name} has no such time band; it has {self._codes()}.")

    def label(self, tracking_number: str, time_band: str | None) -> Label:
        """The data of a label. Raises CarrierCodeError for a number or time band that it does not have."""
        if time_band is not None and time_band not in self.time_bands:
            bands = ", ".join(self.time_bands) or "none"
            raise CarrierCodeError(f"{self.name} does not deliver in this time band; it has {bands}.")
        barcode, symbology = self.barcode_of(tracking_number)
        code = None if time_band is None else self.time_bands[time_band]
        return Label(self.name, barcode, symbology, code)

    def _codes(self) -> str:
        return ", ".join(self.time_bands.values()) or "none"
