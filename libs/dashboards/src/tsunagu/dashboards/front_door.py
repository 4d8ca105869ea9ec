"""The front door: shoppers, staff, the board, partners and sites, through edge's processes."""

from tsunagu.dashboards.common import machinery, quantile, rate
from tsunagu.dashboards.panels import Page, Panel, Row, Unit

PAGE = Page(
    "tsunagu-front-door",
    "Tsunagu: front door",
    "What people and sites ask of edge, how fast they are answered, and who is refused.",
    (
        Row(
            "Requests",
            (
                Panel(
                    "Requests",
                    Unit.PER_SECOND,
                    "Requests by door and class of status.",
                    "5xx: /readyz of that process names what is away. 4xx: a caller has changed; its log says which.",
                    {
                        "{{service}} {{status_class}}": rate(
                            "tsunagu_edge_requests_total", "service, status_class"
                        )
                    },
                ),
                Panel(
                    "Answers (99 %)",
                    Unit.SECONDS,
                    "From a request's head to the head of its answer, by door.",
                    "One door: more processes of it. All of them: edge's database.",
                    {"{{service}}": quantile(0.99, "tsunagu_edge_request_seconds", "service")},
                ),
                Panel(
                    "Refused for asking too much",
                    Unit.PER_SECOND,
                    "Requests beyond their caller's limits.",
                    "A sale's opening: raise the limits (docs/settings.md). At night: somebody tries (docs/asvs.md).",
                    {"{{service}}": rate("tsunagu_edge_rate_limited_total", "service")},
                ),
            ),
        ),
        Row(
            "Commands",
            (
                Panel(
                    "Without an answer",
                    Unit.SECONDS,
                    "Age of the oldest command whose outcome is not back.",
                    "A minute: the service that answers is stopped or behind.",
                    {"{{service}}": "max by (service) (tsunagu_edge_pending_commands_oldest_age_seconds)"},
                ),
                Panel(
                    "Sent again",
                    Unit.PER_SECOND,
                    "Commands sent again for want of an outcome; they are done once all the same.",
                    "As above.",
                    {"{{service}}": rate("tsunagu_edge_commands_resent_total", "service")},
                ),
                Panel(
                    "Pages that follow an order",
                    Unit.COUNT,
                    "Open streams of server-sent events.",
                    "Near the limit of open files of a process: more processes.",
                    {"{{service}}": "sum by (service) (tsunagu_edge_event_streams)"},
                ),
            ),
        ),
        *machinery("edge-.*"),
    ),
)
