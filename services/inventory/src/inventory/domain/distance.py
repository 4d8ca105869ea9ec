"""How far places are from each other."""

from math import asin, cos, radians, sin, sqrt
from typing import NamedTuple

_EARTH_RADIUS_KM = 6371.0


class Point(NamedTuple):
    """A place on the earth, in degrees."""

    latitude: float
    longitude: float


def distance_km(one: Point, other: Point) -> float:
    """Great-circle distance in kilometres (haversine formula, mean earth radius)."""
    latitude_1, latitude_2 = radians(one.latitude), radians(other.latitude)
    half_latitude = (latitude_2 - latitude_1) / 2
    half_longitude = radians(other.longitude - one.longitude) / 2
    chord = sin(half_latitude) ** 2 + cos(latitude_1) * cos(latitude_2) * sin(half_longitude) ** 2
    return 2 * _EARTH_RADIUS_KM * asin(sqrt(min(1.0, chord)))


# Where a parcel to a prefecture goes, as far as distances are concerned: the seats of the prefectural governments,
# to a tenth of a degree (about 10 km), which is enough to rank locations.
_SEATS = (
    (43.1, 141.3), (40.8, 140.7), (39.7, 141.2), (38.3, 140.9), (39.7, 140.1), (38.2, 140.4), (37.8, 140.5),
    (36.3, 140.4), (36.6, 139.9), (36.4, 139.1), (35.9, 139.6), (35.6, 140.1), (35.7, 139.7), (35.4, 139.6),
    (37.9, 139.0), (36.7, 137.2), (36.6, 136.6), (36.1, 136.2), (35.7, 138.6), (36.7, 138.2), (35.4, 136.7),
    (35.0, 138.4), (35.2, 136.9), (34.7, 136.5), (35.0, 135.9), (35.0, 135.8), (34.7, 135.5), (34.7, 135.2),
    (34.7, 135.8), (34.2, 135.2), (35.5, 134.2), (35.5, 133.1), (34.7, 133.9), (34.4, 132.5), (34.2, 131.5),
    (34.1, 134.6), (34.3, 134.0), (33.8, 132.8), (33.6, 133.5), (33.6, 130.4), (33.2, 130.3), (32.7, 129.9),
    (32.8, 130.7), (33.2, 131.6), (31.9, 131.4), (31.6, 130.6), (26.2, 127.7),
)  # fmt: skip


def prefecture_seat(code: str) -> Point:
    """Where the government of a prefecture sits; `code` is ISO 3166-2, JP-01 to JP-47."""
    return Point(*_SEATS[int(code[3:]) - 1])
