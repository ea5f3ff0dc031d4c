"""Audiences with something against some of their people."""

from sqlalchemy import text

from app.domain.channels import Channel
from app.extensions import db
from app.lib.clock import now
from app.models import SendoutList, SendoutPerson, TextConsent
from app.sendouts.audience import audience_query
from app.unsubscribes.entries import EntrySource, NewEntry, scope_of
from app.unsubscribes.service import suppress
from tests.factories import a_list, saved
from tests.scenes import messages_of


def keep_away(person, reason, channel=Channel.EMAIL, scope=None):
    address = person.email_address if channel is Channel.EMAIL else person.phone_number
    suppress([NewEntry(person.organisation_id, channel, address, reason, EntrySource.USER, scope or scope_of(reason))])


def agree(person, **values):
    given = {"given_at": now(), "proof": "ticked on the form"} | values
    saved(TextConsent(organisation_id=person.organisation_id, participant_id=person.id, **given))


def leave_out(scene, *people):
    """Put them on a list that is excluded."""
    excluded = a_list(scene.organisation, *people)
    db.session.add(SendoutList(organisation_id=scene.organisation.id, sendout_id=scene.sendout.id, list_id=excluded.id, is_excluded=True))


def name(scene, person, **values):
    """Put a single person into the audience, or out of it."""
    saved(SendoutPerson(organisation_id=scene.organisation.id, sendout_id=scene.sendout.id, participant_id=person.id, **values))


def reasons(scene, channel=Channel.EMAIL):
    return [message.skip_reason for message in messages_of(scene, channel)]


def people_in(sendout):
    """Who is in a send-out's audience as of now."""
    query = audience_query(sendout)
    return sorted(db.session.scalars(text(f"SELECT participant_id FROM ({query.sql}) AS wanted"), query.parameters))  # noqa: S608  our own
