"""What operators see of insight."""

from prometheus_client import Counter

CREDITED_YEN = Counter(
    "tsunagu_credit_yen_total", "Yen credited for sales, corrections not counted", ["party_kind"]
)
CORRECTIONS = Counter(
    "tsunagu_credit_corrections_total",
    "Corrections of credit booked: after a return, a void, a second account of the same sale, a late location",
    ["cause"],
)
CORRECTED_YEN = Counter("tsunagu_credit_corrected_yen_total", "Yen of credit taken back", ["cause"])
KPIS_PUBLISHED = Counter("tsunagu_kpis_published_total", "KPI values published")
