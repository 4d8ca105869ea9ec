"""The `tsunagu` command: one module per command in `tsunagu.cli.commands`, registered here."""

import typer

from tsunagu.cli.commands import (
    audit,
    demo,
    dlq,
    doctor,
    down,
    env,
    import_,
    rebuild,
    reconcile,
    status,
    stock,
    topics,
    up,
)
from tsunagu.cli.exits import EXIT_CODES

app = typer.Typer(
    name="tsunagu",
    help="The event backbone of an omnichannel retailer, on this machine.\n\n" + EXIT_CODES,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)

app.command("up", epilog=up.EXAMPLES)(up.up)
app.command("down", epilog=down.EXAMPLES)(down.down)
app.command("status", epilog=status.EXAMPLES)(status.status)
app.command("env", epilog=env.EXAMPLES)(env.env)
app.command("doctor", epilog=doctor.EXAMPLES)(doctor.doctor)
app.command("audit", epilog=audit.EXAMPLES)(audit.audit)
app.command("reconcile", epilog=reconcile.EXAMPLES)(reconcile.reconcile)
app.command("rebuild", epilog=rebuild.EXAMPLES)(rebuild.rebuild)
app.command("demo", epilog=demo.EXAMPLES)(demo.demo)
app.command("import", epilog=import_.EXAMPLES)(import_.import_)
app.add_typer(topics.app, name="topics")
app.add_typer(dlq.app, name="dlq")
app.add_typer(stock.app, name="stock")


if __name__ == "__main__":
    app()
