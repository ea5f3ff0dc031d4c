"""What an organisation is called, and what its messages leave from."""

from sqlalchemy import select

from app.extensions import db
from app.lib.errors import NotFound
from app.models import Organisation, Sender


def organisation(organisation_id: int) -> Organisation:
    """The organisation's own row."""
    return db.session.get_one(Organisation, organisation_id)


def senders(organisation_id: int) -> list[Sender]:
    """What messages leave from, e-mail first; the archived ones at the end."""
    asked = select(Sender).where(Sender.organisation_id == organisation_id)
    return list(db.session.scalars(asked.order_by(Sender.is_archived, Sender.channel, Sender.id)))


def sender(organisation_id: int, sender_id: int) -> Sender:
    """One sender of the organisation; raises NotFound."""
    found = db.session.scalar(select(Sender).where(Sender.organisation_id == organisation_id, Sender.id == sender_id))
    if found is None:
        raise NotFound("There is no such sender.")
    return found
