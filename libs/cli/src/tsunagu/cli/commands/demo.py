"""`tsunagu demo`: a whole retailer for about a minute, and the audit of it."""

import asyncio
import secrets
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import httpx
import typer
from rich.console import Console

from tsunagu.cli.demo.accounts import Accounts
from tsunagu.cli.demo.auditing import AuditFailed, audit_run
from tsunagu.cli.demo.guide import SHOPPER, find_purchase, guide
from tsunagu.cli.demo.hosted_stack import HostedStack
from tsunagu.cli.demo.performance import perform
from tsunagu.cli.demo.result import Result, credit_table, customers_table, figures_table, kpis_table
from tsunagu.cli.demo.web_shop import WebShop, web_shop
from tsunagu.cli.demo.windows import ENDS_WITH_THE_SCRIPT, environment
from tsunagu.cli.exits import FAILED, fail
from tsunagu.retailer.chain import Chain, build_chain
from tsunagu.retailer.occurrences import never_occurred
from tsunagu.retailer.sizes import DURATION_SECONDS, Sizes
from tsunagu.stack.errors import StackError
from tsunagu.stack.paths import state_dir
from tsunagu.stack.state import StateFile

EXAMPLES = (
    "Examples: `tsunagu demo` · `tsunagu demo --seed 7 --orders 2000 --stores 50 --skus 500` · "
    "`tsunagu demo --json result.json` · `tsunagu demo --stay`. "
    "Exit code 1 when the audit finds anything, something did not come to its end, or a kind of thing never happened."
)

KEY_BYTES = 32  # of a key at edge: 256 random bits can't be guessed

_console = Console(highlight=False)


def demo(
    seed: Annotated[int, typer.Option(help="The same seed and sizes repeat the same script.")] = 1,
    orders: Annotated[int, typer.Option(min=0, help="Orders from the EC site and the app.")] = Sizes().orders,
    stores: Annotated[
        int, typer.Option(min=1, help="Stores, in the largest cities of Japan.")
    ] = Sizes().stores,
    skus: Annotated[int, typer.Option(min=1, help="Products, by size and colour.")] = Sizes().skus,
    seconds: Annotated[
        float, typer.Option(min=1, help="How long the traffic takes; its end takes half a minute more.")
    ] = DURATION_SECONDS,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write the result as one JSON object.")
    ] = None,
    stay: Annotated[
        bool,
        typer.Option(
            "--stay",
            help="Leave the system running, and print where to shop, to work in a store, to see the board.",
        ),
    ] = False,
) -> None:
    """Start everything, load a retailer, play an hour's traffic within a minute, and audit what came of it."""
    home = state_dir() if stay else Path(tempfile.mkdtemp(prefix="tsunagu-demo-"))
    if stay and StateFile(home).is_locked():
        raise fail(f"a Tsunagu is running in {home}: end it with `tsunagu down` first")
    sizes = Sizes(stores=stores, skus=skus, orders=orders, duration_seconds=seconds)
    app_key, accounts = _new_key(), Accounts()
    chain = build_chain(seed, sizes)
    staff_keys = {place.location_id: _new_key() for place in chain.pickup_places}
    try:
        with (
            web_shop() as shop,
            HostedStack(
                home,
                stay,
                {**environment(app_key, staff_keys), **shop.join(home), **accounts.join(home, staff_keys)},
            ) as stack,
        ):
            if stay:
                _say(
                    "Three addresses to open in a browser are printed when the script is over, in some two minutes."
                )
            result = asyncio.run(_run(stack, seed, sizes, app_key, staff_keys, shop))
            if stay:
                asyncio.run(_stay(stack, chain, accounts, app_key))
    except (StackError, TimeoutError, httpx.HTTPError) as error:
        raise fail(f"the demo failed: {error}") from error
    except KeyboardInterrupt:
        raise fail("interrupted: everything that was started has been stopped") from None
    if json_file is not None:
        result.write(json_file)
    if not result.is_clean:
        raise typer.Exit(FAILED)


def _new_key() -> str:
    return f"demo_{secrets.token_urlsafe(KEY_BYTES)}"


async def _run(
    stack: HostedStack,
    seed: int,
    sizes: Sizes,
    app_key: str,
    staff_keys: Mapping[str, str],
    shop: WebShop,
) -> Result:
    addresses = await stack.ready(_say)
    figures, problems = await perform(
        addresses, seed, sizes, app_key, _console, stack.watch(), staff_keys, shop=shop
    )
    problems += [
        f"this never happened, and a demo has it: {kind.replace('_', ' ')}"
        for kind in never_occurred(figures.kinds, sizes.orders)
    ]
    _console.print(figures_table(figures))
    _console.print(customers_table(figures.customers))
    _console.print(credit_table(figures.credit))
    _console.print(kpis_table(figures.kpis))
    _say("auditing …")
    try:
        result = Result(figures, await audit_run(addresses), problems)
    except AuditFailed as error:
        result = Result(figures, None, [*problems, str(error)])
    result.show_audit(_console)
    return result


async def _stay(stack: HostedStack, chain: Chain, accounts: Accounts, app_key: str) -> None:
    _say("The script is over. The services start again with the windows of every day …")
    addresses = await stack.start_again(ENDS_WITH_THE_SCRIPT, _say)
    async with httpx.AsyncClient(base_url=addresses.http[SHOPPER]) as shopper:
        purchase = await find_purchase(shopper, chain.products, chain.stores)
    stack.stay()
    _say("")
    for line in guide(addresses.http, accounts, purchase, chain.stores, addresses.payment_page):
        _say(line)
    _say(f"The app's key at edge-partner: {app_key}")
    _say("`tsunagu env` prints all addresses, `tsunagu status` shows the system, `tsunagu down` stops it.")


def _say(line: str) -> None:
    _console.print(line, markup=False, soft_wrap=True)
