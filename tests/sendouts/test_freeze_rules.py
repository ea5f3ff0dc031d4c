import random
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.domain.audience import Candidate, skip_reason
from app.domain.channels import Channel, ChannelPlan, CommunicationType
from app.domain.contact_cap import ContactCap
from app.domain.suppression import SuppressionReason, SuppressionScope
from app.extensions import db
from app.lib.clock import now
from app.models import Message, Organisation, Sendout, TextConsent
from tests.factories import a_message, a_participant, a_sendout
from tests.scenes import a_scene, freeze
from tests.sendouts.crowds import agree, keep_away, leave_out, name, reasons

pytestmark = pytest.mark.usefixtures("database")

BOTH = ChannelPlan.BOTH


def random_crowd(chance, organisation):
    """People over few addresses, so that they collide; each with what may be held against them."""
    emails = [None, "a@example.net", "A@example.net", "b@example.net", "c@example.net"]
    phones = [None, "+12015550100", "+12015550101", "+12015550102"]
    crowd = [
        a_participant(
            organisation,
            email_address=chance.choice(emails),
            phone_number=chance.choice(phones),
            is_bad_email=chance.random() < 0.1,
            is_bad_number=chance.random() < 0.1,
        )
        for _ in range(chance.randint(1, 12))
    ]
    for person in crowd:
        for channel, address in ((Channel.EMAIL, person.email_address), (Channel.SMS, person.phone_number)):
            if address and chance.random() < 0.3:
                keep_away(person, chance.choice(list(SuppressionReason)), channel, chance.choice(list(SuppressionScope)))
        if chance.random() < 0.5:
            add_history(chance, person)
        if chance.random() < 0.5:
            agree(person, withdrawn_at=now() if chance.random() < 0.3 else None)
    return crowd


def add_history(chance, person):
    """News that they had before, each some days ago."""
    for _ in range(chance.randint(1, 3)):
        at = now() - timedelta(days=chance.randint(0, 9), hours=1)
        earlier = a_sendout(
            db.session.get_one(Organisation, person.organisation_id),
            state="running",
            communication_type=chance.choice(list(CommunicationType)),
            launched_at=at,
        )
        for channel in Channel:
            a_message(earlier, person, channel, status="sent", accepted_at=at, provider_ref=None)


class ByHand:
    """What `app.domain.audience` is told of everybody, with the duplicates and the cap worked out by hand."""

    def __init__(self, sendout, people, excluded, channel):
        self.sendout, self.people, self.excluded, self.channel = sendout, people, excluded, channel
        self.is_email = channel is Channel.EMAIL
        self.is_marketing = sendout.communication_type == CommunicationType.MARKETING
        self.organisation = db.session.get_one(Organisation, sendout.organisation_id)
        self.agreed = set(db.session.scalars(select(TextConsent.participant_id).where(TextConsent.withdrawn_at.is_(None))))
        entries = db.text("SELECT address, reason, scope FROM unsubscribe_entries WHERE lifted_at IS NULL AND channel = :channel")
        self.entries = db.session.execute(entries, {"channel": channel}).all()

    def candidate(self, person):
        first = self.first_of(person)
        listed = [(reason, scope) for of, reason, scope in self.entries if of == (self.address(person) or "").lower()]
        return Candidate(
            channel=self.channel,
            address=self.address(person),
            is_bad=self.is_bad(person),
            is_excluded=person.id in self.excluded,
            duplicate_of=first if first != person.id else None,
            suppressions=frozenset((SuppressionReason(reason), SuppressionScope(scope)) for reason, scope in listed),
            has_text_consent=person.id in self.agreed,
            is_capped=self.is_capped(person),
        )

    def first_of(self, person):
        if person.id in self.excluded or self.address(person) is None or not self.sendout.one_per_address:
            return person.id
        wanted = self.address(person).lower()
        alike = [each for each in self.people if each.id not in self.excluded and (self.address(each) or "").lower() == wanted]
        return min(alike, key=self.worth).id

    def worth(self, person):
        return (self.is_bad(person), not self.is_email and self.is_marketing and person.id not in self.agreed, person.id)

    def address(self, person):
        return person.email_address if self.is_email else person.phone_number

    def is_bad(self, person):
        return person.is_bad_email if self.is_email else person.is_bad_number

    def is_capped(self, person):
        news = select(Message.accepted_at).join(Sendout, Sendout.id == Message.sendout_id)
        news = news.where(Sendout.communication_type == "marketing", Message.accepted_at.is_not(None))
        accepted = db.session.scalars(news.where(Message.participant_id == person.id, Message.channel == self.channel))
        cap = ContactCap(self.organisation.contact_cap, self.organisation.contact_cap_days)
        return self.organisation.has_contact_cap and cap.is_reached([at for at in accepted if at], now())


def expected_reasons(sendout, people, excluded, channel):
    """What the rules say of everybody, in the order of their ids."""
    told, kind = ByHand(sendout, people, excluded, channel), CommunicationType(sendout.communication_type)
    return [skip_reason(told.candidate(person), kind) for person in sorted(people, key=lambda each: each.id)]


@pytest.mark.parametrize("seed", range(30))
def test_the_freeze_skips_whom_the_rules_skip(seed):
    chance = random.Random(seed)
    kind = chance.choice(list(CommunicationType))
    scene = a_scene(0, channel_plan=BOTH, communication_type=kind, one_per_address=chance.random() < 0.7)
    scene.organisation.has_contact_cap = chance.random() < 0.7
    scene.organisation.contact_cap = chance.randint(1, 2)
    people = random_crowd(chance, scene.organisation)
    for person in people:
        name(scene, person)
    excluded = [person for person in people if chance.random() < 0.15]
    leave_out(scene, *excluded)

    freeze(scene.sendout, email=chance.randint(1, 5), sms=chance.randint(1, 5))

    for channel in Channel:
        assert reasons(scene, channel) == expected_reasons(scene.sendout, people, {person.id for person in excluded}, channel)
    counted = select(func.count()).select_from(Message).where(Message.sendout_id == scene.sendout.id)
    assert db.session.scalar(counted) == 2 * len(people)
