"""Random people and what became of messages to them, and the meaning of every condition in plain Python."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from app.domain.channels import Channel
from app.domain.conditions import OPERATORS, About, Condition, Operator
from app.domain.delivery import DeliveryStatus
from app.extensions import db
from app.lib.clock import now
from app.models import CustomField, CustomFieldKind, ListMembership, Message
from app.participants.filters.compiling import clause_of
from app.participants.filters.known import OPERATORS_OF_KIND, known_to, named_in
from app.participants.queries import Wanted, people_count, people_page
from tests.factories import a_list, a_message, a_participant, a_sender, a_sendout, an_organisation, saved

FIELDS = {"team": CustomFieldKind.TEXT, "goals": CustomFieldKind.NUMBER, "born": CustomFieldKind.DATE, "size": CustomFieldKind.CHOICE}
WORDS = ["U9", "u9 red", "Trainers", "", "100%_of", "Ä", "back\\slash"]
SIZES = ["S", "M", "L", ""]
DAY = date(2015, 6, 1)
# Most arrive, or nobody would be found who did not open.
STATUSES = [*(each for each in DeliveryStatus if each is not DeliveryStatus.SKIPPED), *[DeliveryStatus.DELIVERED] * 25]


def fields_of(organisation):
    return [saved(CustomField(organisation_id=organisation.id, key=key, name=key, kind=kind)) for key, kind in FIELDS.items()]


def some_values(chance):
    """What a person has in the fields; now and then something of another kind, as is left when a field is made anew."""
    values: dict[str, Any] = {
        "team": chance.choice(WORDS),
        "goals": chance.choice([0, 3, -2, 2.5, 7, "seven"]),
        "born": chance.choice([str(DAY + timedelta(days=chance.randint(-3, 3))), "2015", 2015, "long ago"]),
        "size": chance.choice(SIZES),
    }
    return {key: value for key, value in values.items() if chance.random() < 0.8}


class Club:
    """Random people on lists, with what became of send-outs to them."""

    def __init__(self, chance):
        self.organisation = an_organisation()
        fields_of(self.organisation)
        self.people = [
            a_participant(
                self.organisation,
                custom=some_values(chance),
                language=chance.choice([None, "de", "fr"]),
                member_number=chance.choice([None, f"M-{number}"]),
                email_address=chance.choice([None, "", f"p{number}@example.net"]),
                phone_number=chance.choice([None, "+12015550100"]),
            )
            for number in range(25)
        ]
        self.lists = [a_list(self.organisation, *chance.sample(self.people, 8)) for _ in range(2)]
        sender = a_sender(self.organisation)
        first = a_sendout(self.organisation, email_sender_id=sender.id, title="Camp")
        again = a_sendout(self.organisation, email_sender_id=sender.id, root_id=first.id, resend_of=first.id)
        other = a_sendout(self.organisation, email_sender_id=sender.id, title="Other")
        self.sendouts = [first, other]
        for sendout in (first, again, other):
            for person in chance.sample(self.people, 15):
                for channel in chance.sample(list(Channel), chance.randint(1, 2)):
                    self.message(chance, sendout, person, channel)
        db.session.commit()
        self.messages = db.session.scalars(select(Message)).all()
        self.on_lists = {(row.list_id, row.participant_id) for row in db.session.scalars(select(ListMembership))}
        self.roots = {first.id: first.id, again.id: first.id, other.id: other.id}

    @staticmethod
    def message(chance, sendout, person, channel):
        facts = ("opened_at", "clicked_at", "responded_at", "wrote_back_at", "machine_opened_at")
        a_message(sendout, person, channel, status=chance.choice(STATUSES), **{fact: now() for fact in facts if chance.random() < 0.2})

    def condition(self, chance):
        about = chance.choice(list(About))
        which = ""
        operators = OPERATORS[about]
        if about is About.FIELD:
            which = chance.choice(list(FIELDS))
            operators = OPERATORS_OF_KIND[FIELDS[which]]
        elif about in (About.LIST, About.SENDOUT):
            which = str(chance.choice(self.lists if about is About.LIST else self.sendouts).id)
        operator = chance.choice(operators)
        return Condition(about, operator, which, self.values(chance, about, operator))

    @staticmethod
    def values(chance, about, operator):
        if operator in (Operator.IS, Operator.CONTAINS):
            return (chance.choice(["u9", "U9 RED", "%", "_", "\\", "ä", "m-3", "M-1"]),)
        if operator in (Operator.EQUALS, Operator.LESS, Operator.MORE):
            return (chance.choice(["3", "2.50", "-2", "0"]),)
        if operator in (Operator.BEFORE, Operator.AFTER):
            return (str(DAY + timedelta(days=chance.randint(-3, 3))),)
        if operator is Operator.ANY_OF:
            return ("de", "xx") if about is About.LANGUAGE else tuple(chance.sample(["S", "M", "XL"], 2))
        return ()

    def found(self, *conditions):
        """Whom the database finds."""
        known = known_to(self.organisation.id, named_in(conditions))
        wanted = Wanted(self.organisation.id, clause=clause_of(conditions, known))
        rows = people_page(wanted, size=1000).rows
        assert people_count(wanted) == len(rows)
        return {person.id for person in rows}

    def expected(self, condition):
        """The same as Python sees it."""
        return {person.id for person in self.people if self.holds(condition, person)}

    def holds(self, condition, person):
        if condition.about is About.LIST:
            return ((condition.number, person.id) in self.on_lists) == (condition.operator is Operator.ON)
        if condition.about is About.SENDOUT:
            chain = [each for each in self.messages if self.roots[each.sendout_id] == condition.number and each.participant_id == person.id]
            return did(condition.operator, chain)
        return compares(condition, looked_at(condition, person))


def looked_at(condition, person):
    if condition.about is About.FIELD:
        return person.custom.get(condition.which)
    names = {About.LANGUAGE: "language", About.MEMBER_NUMBER: "member_number", About.EMAIL: "email_address", About.MOBILE: "phone_number"}
    return getattr(person, names[condition.about])


def compares(condition, value):
    text = "" if value is None else str(value)
    is_number = isinstance(value, int | float)
    first = condition.values[0] if condition.values else ""
    is_day = len(text) == 10 and text[4] == text[7] == "-"
    return {
        Operator.IS: lambda: value is not None and text.lower() == first.lower(),
        Operator.CONTAINS: lambda: first.lower() in text.lower(),
        Operator.EMPTY: lambda: not text,
        Operator.HAS_NONE: lambda: not text,
        Operator.FILLED: lambda: bool(text),
        Operator.HAS: lambda: bool(text),
        Operator.EQUALS: lambda: is_number and value == float(first),
        Operator.LESS: lambda: is_number and value < float(first),
        Operator.MORE: lambda: is_number and value > float(first),
        Operator.BEFORE: lambda: is_day and text < first,
        Operator.AFTER: lambda: is_day and text > first,
        Operator.ANY_OF: lambda: text in condition.values,
    }[condition.operator]()


def did(operator, chain):
    mails = [each for each in chain if each.channel == Channel.EMAIL]
    if operator is Operator.OPENED:
        return any(each.opened_at or each.clicked_at for each in mails)
    if operator is Operator.NOT_OPENED:
        went = [each for each in chain if each.status != DeliveryStatus.CANCELLED]
        return any(each.channel == Channel.EMAIL for each in went) and all(is_silent(each) for each in went)
    if operator is Operator.CLICKED:
        return any(each.clicked_at for each in chain)
    return any(each.responded_at or each.wrote_back_at for each in chain)


def is_silent(message):
    if message.channel == Channel.SMS:
        return message.shown_status not in ("responded", "acknowledged", "wrote_back", "clicked", "opened")
    return message.shown_status in ("delivered", "sent")
