"""`flask recount`: whether the counts equal the rows."""

import click
from flask.cli import with_appcontext

from app.messages.counts import recount


@click.command("recount")
@with_appcontext
def recount_command() -> None:
    """Compare every counter with the rows behind it; exits 1 and names the differences when there are any."""
    differences = recount()
    for sendout_id, channel, counter, amount in differences:
        click.echo(f"send-out {sendout_id}, {channel}, {counter}: {amount:+d} rows more than counted")
    if differences:
        raise SystemExit(1)
    click.echo("Every count equals its rows.")
