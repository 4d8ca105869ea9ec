"""Invented addresses, phone numbers and e-mail addresses: each has one household or person, and reaches nobody."""

from itertools import count
from random import Random

from tsunagu.contracts.values import PostalAddress
from tsunagu.retailer.cities import cities

AREAS = 20
"""Areas that people live in: the towns around the shops of a regional chain."""

POSTAL_CODES_PER_AREA = 60
"""Postal codes of an area that people live in: with 20,000 people, seventeen in each."""

FLAT_SHARE = 0.45
"""Homes in a house with several: their address ends with a room."""

_BUILDINGS = (
    "コーポ青葉",
    "ハイツ緑",
    "メゾン丘",
    "サンハイム",
    "第二寿荘",
    "パークサイド",
    "グランド駅前",
    "レジデンス川",
)
_TOWNS = ("本町", "中央", "栄町", "緑が丘", "旭町", "東町", "西町", "南", "北", "大手町", "若葉", "桜木")
_MAIL_HOSTS = ("example.com", "example.net", "example.org", "mail.example.com", "web.example.jp")
_LETTERS = "abcdefghijkmnoprstuwy"


class Homes:
    """Draws from what there is; nothing is given out twice."""

    def __init__(self, random: Random, people: int) -> None:
        self._random = random
        prefixes = random.sample(range(100, 1000), AREAS)
        self._codes = {
            f"{prefix}": [
                f"{prefix}{tail:04}" for tail in random.sample(range(10_000), POSTAL_CODES_PER_AREA)
            ]
            for prefix in prefixes
        }
        self._cities = dict(zip(self._codes, cities(), strict=False))
        # A household is made whole, and may have moved: so many are never needed.
        numbers = 2 * people + 10
        self._mobiles = iter(random.sample(range(10_000_000, 100_000_000), numbers))
        self._landlines = iter(random.sample(range(2_000_000, 9_000_000), numbers))
        self._emails = count(1)

    def home(self) -> PostalAddress:
        """An address anywhere."""
        return self._in(self._random.choice(list(self._codes)))

    def near(self, other: PostalAddress) -> PostalAddress:
        """An address in the same area."""
        return self._in(other.postal_code[:3])

    def mobile(self) -> str:
        """A mobile number, as digits."""
        return f"{self._random.choice(('090', '080', '070'))}{next(self._mobiles):08}"

    def landline(self) -> str:
        """A landline, as digits."""
        return f"045{next(self._landlines):07}"

    def email(self) -> str:
        """An e-mail address that reaches nobody (RFC 2606)."""
        letters = "".join(self._random.choices(_LETTERS, k=5))
        return f"{letters}{next(self._emails)}@{self._random.choice(_MAIL_HOSTS)}"

    def _in(self, area: str) -> PostalAddress:
        random = self._random
        city = self._cities[area]
        block = f"{random.randint(1, 9)}-{random.randint(1, 30)}-{random.randint(1, 20)}"
        flat = f"{random.choice(_BUILDINGS)}{random.randint(1, 9)}{random.randint(1, 12):02}"
        return PostalAddress(
            postal_code=random.choice(self._codes[area]),
            prefecture=city.prefecture,
            city=city.name_ja,
            street=f"{random.choice(_TOWNS)}{block}",
            building=flat if random.random() < FLAT_SHARE else None,
        )
