"""A club whose drafts are written and sent."""

from dataclasses import dataclass
from typing import Any

from app.domain.channels import Channel, ChannelPlan
from app.domain.roles import Role
from app.extensions import db
from app.models import Organisation, Participant, ParticipantList, Sendout, User
from app.sendouts.running import Actor
from tests.browser import Browser
from tests.factories import a_list, a_member, a_participant, a_sender, a_sendout, an_organisation


@dataclass(frozen=True)
class Club:
    """An organisation with an organiser, a list of people, and a draft to them that could be sent."""

    organisation: Organisation
    bob: User
    people: list[Participant]
    everybody: ParticipantList
    draft: Sendout

    @property
    def actor(self) -> Actor:
        return Actor(self.organisation.id, self.bob.id)

    def browser(self, app: Any, role: Role | None = None) -> Browser:
        """Bob's, or that of a new member with this role."""
        user = self.bob if role is None else a_member(self.organisation, role)
        db.session.commit()
        return Browser(app, user)

    def path(self, rest: str = "") -> str:
        return f"/sendouts/{self.draft.id}{rest}"

    def reread(self) -> Sendout:
        """The draft as it is now."""
        db.session.rollback()
        db.session.expire_all()
        return self.draft


def a_club(people: int = 3, **values: Any) -> Club:
    """Committed. The values are the draft's."""
    organisation = an_organisation(postal_address="Mill Lane 4")
    bob = a_member(organisation, Role.ORGANISER, name="Bob", email="bob@club.example")
    crowd = [a_participant(organisation) for _ in range(people)]
    everybody = a_list(organisation, *crowd, name="Everybody")
    senders = {"email_sender_id": a_sender(organisation).id, "sms_sender_id": a_sender(organisation, Channel.SMS).id}
    written = {"channel_plan": ChannelPlan.BOTH, "sms_body": "Riverside: hello {{ first_name }}", "reply_to": "bob@club.example"}
    draft = a_sendout(organisation, everybody, **(senders | written | values))
    db.session.commit()
    return Club(organisation, bob, crowd, everybody, draft)


def words_of(answer: Any) -> str:
    """What a page says, its white space as one."""
    return " ".join(answer.get_data(as_text=True).split())
