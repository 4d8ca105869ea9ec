"""What the board sees at the end: who the customers are, who has earned what, and the KPIs. All of it from topics."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tsunagu.contracts import messages as m
from tsunagu.contracts import topics as t
from tsunagu.retailer.intentions import WEBSHOP
from tsunagu.retailer.newsfeed import Newsfeed

COMPANY = "all"
_TOTAL = "total"
_DEPARTMENT = "dept-"
_CHANNELS = frozenset({"ec", "app", "store", WEBSHOP})


@dataclass(frozen=True, slots=True)
class ShownKpi:
    """A KPI of the company in total. Without a value, `no_data` says why."""

    value: float | None
    unit: str
    no_data: str | None = None
    target: float | None = None
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class Customers:
    """How many people there are, and from how much of what channels know them by."""

    known: int = 0
    refs: int = 0
    """Cards, accounts, devices and guests' refs that they were told by."""
    merged: int = 0
    """Customers who turned out to be somebody who was known."""
    by_segment: Mapping[str, int] = field(default_factory=dict)
    by_stage: Mapping[str, int] = field(default_factory=dict)
    paths: Mapping[str, int] = field(default_factory=dict)
    """The most frequent ways over channels, as customer told them last; how many customers took each."""


@dataclass(frozen=True, slots=True)
class Credit:
    """Yen credited; None where insight does not run."""

    stores_jpy: int | None = None
    ec_jpy: int | None = None
    by_store_jpy: Mapping[str, int] = field(default_factory=dict)
    by_department_jpy: Mapping[str, int] = field(default_factory=dict)


class Board:
    """Listens to a newsfeed and keeps the latest of each."""

    def __init__(self, news: Newsfeed) -> None:
        self._profiles: dict[str, m.CustomerProfile] = {}
        self._merges = 0
        self._journey: m.CustomerJourney | None = None
        self._values: dict[tuple[str, str], m.KpiValue] = {}
        news.listen(t.CUSTOMER_PROFILES, m.CustomerProfile, self._profile)
        news.listen(t.CUSTOMER_EVENTS, m.CustomersMerged, self._merged)
        news.listen(t.CUSTOMER_EVENTS, m.CustomerErased, self._erased)
        news.listen(t.CUSTOMER_JOURNEY, m.CustomerJourney, self._told)
        news.listen(t.INSIGHT_KPIS, m.KpiValue, self._kpi)

    def customers(self) -> Customers:
        """The customers who are known now."""
        profiles = self._profiles.values()
        paths = self._journey.paths if self._journey is not None else ()
        return Customers(
            known=len(profiles),
            refs=sum(len(profile.refs) for profile in profiles),
            merged=self._merges,
            by_segment=_counted(profile.segment.value for profile in profiles),
            by_stage=_counted(profile.stage.value for profile in profiles if profile.stage is not None),
            paths={" → ".join(path.steps): path.customers for path in paths if path.steps and path.customers},
        )

    def credit(self) -> Credit:
        """Who has earned what."""
        stores, departments = {}, {}
        for (kpi, scope), value in sorted(self._values.items()):
            if value.value is None:
                continue
            if kpi == "credit_stores_jpy" and scope != COMPANY and scope not in _CHANNELS:
                stores[scope] = round(value.value)
            elif kpi == "credit_jpy" and scope.startswith(_DEPARTMENT):
                departments[scope.removeprefix(_DEPARTMENT)] = round(value.value)
        return Credit(self._yen("credit_stores_jpy"), self._yen("credit_ec_jpy"), stores, departments)

    def kpis(self) -> dict[str, ShownKpi]:
        """The KPIs that somebody answers for."""
        return {
            kpi: ShownKpi(value.value, value.unit, value.no_data, value.target, value.owner)
            for (kpi, scope), value in sorted(self._values.items())
            if scope == COMPANY and value.owner is not None
        }

    def _yen(self, kpi: str) -> int | None:
        value = self._values.get((kpi, COMPANY))
        return None if value is None or value.value is None else round(value.value)

    def _profile(self, profile: m.CustomerProfile) -> None:
        known = self._profiles.get(profile.customer_id)
        if known is None or known.version < profile.version:
            self._profiles[profile.customer_id] = profile

    def _merged(self, event: m.CustomersMerged) -> None:
        self._merges += 1
        self._profiles.pop(event.merged_customer_id, None)

    def _erased(self, event: m.CustomerErased) -> None:
        self._profiles.pop(event.customer_id, None)

    def _told(self, journey: m.CustomerJourney) -> None:
        latest = self._journey
        if latest is None or (latest.day, latest.version) < (journey.day, journey.version):
            self._journey = journey

    def _kpi(self, value: m.KpiValue) -> None:
        known = self._values.get((value.name, value.scope))
        if value.period == _TOTAL and (known is None or known.version < value.version):
            self._values[value.name, value.scope] = value


def _counted(values: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(values).items()))
