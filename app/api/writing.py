"""Single messages and entries of the Unsubscribes list, as programs ask for them."""

from collections.abc import Mapping
from secrets import token_urlsafe
from typing import Any

from app.api.asked import one_of, require_no_errors
from app.api.bodies import asked_object, flag_at, text_at, whole_at
from app.api.door import Caller
from app.domain.channels import Channel
from app.inbound.forms import read_written
from app.inbound.writing.service import write
from app.inbound.writing.ways import ways_to
from app.lib.errors import Invalid
from app.participants.service import person_of
from app.unsubscribes.forms import read_addition
from app.unsubscribes.service import add_by_hand
from app.web.forms import FormReader


def write_single(who: Caller) -> int:
    """Send what the request says to one participant; returns its send-out. That it does so once is for the request's own name to see to.

    Raises Invalid and NotFound; Conflict where something stands against it.
    """
    body = asked_object(("participant_id", "channel", "subject", "body", "is_marketing"))
    channel = one_of(Channel, text_at(body, "channel"), "channel")
    if channel is Channel.SMS:
        _require_plain_text(body)
    person = person_of(who.organisation_id, whole_at(body, "participant_id"))
    form = FormReader(
        {
            "by": channel,
            "subject": text_at(body, "subject"),
            "body": text_at(body, "body"),
            "form_token": f"api-{token_urlsafe(12)}",
            **({"is_marketing": "yes"} if flag_at(body, "is_marketing") else {}),
        }
    )
    written = read_written(form)
    require_no_errors(form)
    return write(ways_to(person)[channel], written, who.user_id)


def add_entry(who: Caller) -> int:
    """Put the address that the request names on the list; returns the entry. Raises Invalid, and Conflict where it stands there."""
    body = asked_object(("address", "scope", "words"))
    form = FormReader({name: text_at(body, name) for name in ("address", "scope", "words")})
    addition = read_addition(form)
    require_no_errors(form)
    return add_by_hand(addition.entry(who.organisation_id, who.user_id), country=who.country)


def _require_plain_text(body: Mapping[str, Any]) -> None:
    """To one person a text is never marketing, here as on the page; taken for less than was asked, it would pass by their no."""
    if flag_at(body, "is_marketing"):
        raise Invalid("Only an e-mail to one person can be marketing. Texts with news and offers go by a send-out.", "is_marketing")
    if text_at(body, "subject"):
        raise Invalid("A text has no subject.", "subject")
