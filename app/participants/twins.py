"""Whose duplicate somebody was in a send-out's audience: who got the one message that the address of both was due."""

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from app.models import Message, Participant

_Other = aliased(Participant)
_name = func.nullif(func.trim(func.concat(_Other.first_name, " ", _Other.last_name)), "")

# Of a message that was skipped as a duplicate, who it is one of; nothing of any other, for which nobody is looked up.
TWIN_NAME = (
    select(func.coalesce(_name, _Other.email_address, _Other.phone_number, "somebody without a name"))
    .where(_Other.id == Message.duplicate_of, _Other.organisation_id == Message.organisation_id)
    .correlate(Message)
    .scalar_subquery()
)
