"""`flask requeue`: callbacks that nobody looks at any more are looked at again."""

import click
from flask.cli import with_appcontext

from app.callbacks.queries import offer_again
from app.extensions import db
from app.models import ReceiptKind


@click.command("requeue")
@click.option(
    "--kind", type=click.Choice([kind.value for kind in ReceiptKind]), help="Only those through one door; all of them unless given."
)
@with_appcontext
def requeue(kind: str | None) -> None:
    """Have the callbacks that wait, were set aside or given up taken up at once, such as after a repair or a restored database."""
    counts = offer_again(ReceiptKind(kind) if kind else None)
    db.session.commit()
    for each, count in counts.items():
        click.echo(f"{each}: {count:,}")
    click.echo("They are applied within seconds, by whichever worker has the queue callbacks." if counts else "No callback waits.")
