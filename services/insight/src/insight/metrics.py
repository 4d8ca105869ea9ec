"""What operators see of insight."""

from prometheus_client import Counter, Gauge

CREDITED_YEN = Counter(
    "tsunagu_credit_yen_total", "Yen credited for sales, corrections not counted", ["party_kind"]
)
CORRECTIONS = Counter(
    "tsunagu_credit_corrections_total",
    "Corrections of credit booked: after a return, a void, a second account of the same sale, a late location",
    ["cause"],
)
CORRECTED_YEN = Counter("tsunagu_credit_corrected_yen_total", "Yen of credit taken back", ["cause"])
JOURNAL_DAYS_CLOSED = Counter("tsunagu_journal_days_closed_total", "Business days of the journal closed")
KPIS_PUBLISHED = Counter("tsunagu_kpis_published_total", "KPI values published")
KPI = Gauge(
    "tsunagu_kpi",
    "Operational KPIs of the whole company for the business day, in their own units; without data there is no sample",
    ["kpi"],
)
