"""What the demo shows while it runs: topics, services and orders; without a terminal, a line now and then."""

import asyncio
from collections.abc import Callable, Sequence

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table

from tsunagu.cli.demo.services import Services
from tsunagu.retailer.observer import Observer

REFRESH_SECONDS = 0.5
LINE_SECONDS = 5.0
_LAG_SHOWN_SECONDS = 0.05  # smaller lags are the time between two looks


class View:
    """The live view of a run. `headline` says how far it is, `missing` what is still to come."""

    def __init__(
        self,
        console: Console,
        observer: Observer,
        services: Services,
        headline: Callable[[], str],
        missing: Callable[[], Sequence[str]],
    ) -> None:
        self._console = console
        self._observer = observer
        self._services = services
        self._headline = headline
        self._missing = missing

    async def run(self) -> None:
        """Show the run until cancelled."""
        if self._console.is_terminal:
            with Live(self._screen(), console=self._console, auto_refresh=False, transient=True) as live:
                while True:
                    await asyncio.sleep(REFRESH_SECONDS)
                    live.update(self._screen(), refresh=True)
        while True:
            await asyncio.sleep(LINE_SECONDS)
            self._console.print(self.line(), markup=False, soft_wrap=True)

    def line(self) -> str:
        """The whole view in a line."""
        rate = sum(self._observer.rates().values())
        lag = max(self._services.lag_seconds().values(), default=0.0)
        ready = sum(state.ready for state in self._services.states.values())
        states = ", ".join(f"{count} {state}" for state, count in self._observer.states().items())
        return (
            f"{self._headline()} · orders: {states or 'none yet'} · {rate:.0f} messages/s · "
            f"lag {lag:.1f} s · {ready} of {len(self._services.states)} services ready"
        )

    def _screen(self) -> RenderableType:
        side_by_side = Table.grid(padding=(0, 3))
        side_by_side.add_row(self._topics(), Group(self._orders(), "", self._service_table()))
        missing = "; ".join(self._missing()) or "nothing: at rest"
        return Group(self._headline(), side_by_side, f"still to come: {missing}")

    def _topics(self) -> Table:
        table = Table(title="topics", title_justify="left", box=None)
        table.add_column("topic")
        for heading in ("messages", "per s", "lag s"):
            table.add_column(heading, justify="right")
        rates, lags = self._observer.rates(), self._services.lag_seconds()
        for topic, count in sorted(self._observer.records.items()):
            lag = lags.get(topic, 0.0)
            table.add_row(
                topic,
                str(count),
                f"{rates.get(topic, 0.0):.0f}",
                f"{lag:.1f}" if lag >= _LAG_SHOWN_SECONDS else "·",
            )
        return table

    def _orders(self) -> Table:
        table = Table(title="orders by state", title_justify="left", box=None, show_header=False)
        for state, count in self._observer.states().items():
            table.add_row(state, str(count))
        return table

    def _service_table(self) -> Table:
        table = Table(title="services", title_justify="left", box=None)
        table.add_column("service")
        for heading in ("ready", "behind", "to send"):
            table.add_column(heading, justify="right")
        for name, state in self._services.states.items():
            table.add_row(
                name,
                "[green]yes[/]" if state.ready else "[red]no[/]",
                str(sum(state.lag.values())),
                str(state.outbox_rows),
            )
        return table
