"""The list that SES keeps for the whole account, beside ours."""

from collections.abc import Callable

from app.domain.channels import Channel
from app.domain.suppression import SuppressionReason
from app.lib.errors import Conflict
from app.providers.base import CannotAsk
from app.unsubscribes.queries import ListedEntry
from app.unsubscribes.service import Lifted


def lift_at_ses(lifted: Lifted, lift_there: Callable[[str], None]) -> str | None:
    """Take a lifted address off SES's account list, too. Returns None when it is off there, else why SES keeps it, for the user.

    `lift_there` is the provider's own `lift_suppression` with its client. Call it after the commit: no transaction waits for SES.
    """
    if not lifted.is_on_ses_list:
        return None
    try:
        lift_there(lifted.address)
    except CannotAsk as problem:
        return str(problem)
    return None


def lifted_again(entry: ListedEntry) -> Lifted:
    """What taking this entry off gave, to try SES once more. Raises Conflict where the entry still stands."""
    if entry.lifted_at is None:
        raise Conflict("This entry still stands: take it off our own list first.")
    is_mail_refused = entry.reason in (SuppressionReason.BOUNCE, SuppressionReason.COMPLAINT)
    is_on_ses_list = entry.channel == Channel.EMAIL and is_mail_refused and entry.shown_address == entry.address
    return Lifted(entry.id, Channel(entry.channel), entry.address, is_on_ses_list)
