"""An organisation's rules for its send-outs, as an owner gives them; every change is in the audit log. Nothing here commits."""

from dataclasses import asdict, dataclass, fields
from datetime import time

from sqlalchemy import text

from app.extensions import db
from app.models import Organisation
from app.users.audit import changes, record
from app.web.forms import FormReader

MOST_MESSAGES = 50
MOST_DAYS = 90


@dataclass(frozen=True, slots=True)
class Rules:
    """What an owner may ask; hours and numbers are kept while they are switched off."""

    has_quiet_hours: bool
    quiet_from: time
    quiet_until: time
    has_contact_cap: bool
    contact_cap: int
    contact_cap_days: int
    needs_approval: bool


# What waits is looked at again by its next claim, which knows the new hours.
_LOOK_AGAIN = text("""
    UPDATE batches SET ready_at = now(), quiet_until = NULL
    WHERE state = 'ready' AND channel = 'sms' AND quiet_until > now()
      AND sendout_id IN (SELECT id FROM sendouts WHERE organisation_id = :organisation_id AND state IN ('running', 'paused', 'held'))""")


def rules_of(organisation_id: int) -> Rules:
    """The rules as they stand."""
    row = db.session.get_one(Organisation, organisation_id)
    return Rules(**{each.name: getattr(row, each.name) for each in fields(Rules)})


def read_rules(form: FormReader, before: Rules) -> Rules:
    """The form; look at its errors."""
    begins, ends = _time(form, "quiet_from", before.quiet_from), _time(form, "quiet_until", before.quiet_until)
    if begins == ends:
        form.errors["quiet_until"] = "Quiet hours end at another time than they begin."
    return Rules(
        has_quiet_hours=form.flag("has_quiet_hours"),
        quiet_from=begins,
        quiet_until=ends,
        has_contact_cap=form.flag("has_contact_cap"),
        contact_cap=int(form.number("contact_cap", lowest=1, highest=MOST_MESSAGES)),
        needs_approval=form.flag("needs_approval"),
        contact_cap_days=int(form.number("contact_cap_days", lowest=1, highest=MOST_DAYS)),
    )


def save_rules(organisation_id: int, rules: Rules) -> None:
    """Keep them; they hold for what is on its way, too."""
    row = db.session.get_one(Organisation, organisation_id)
    changed = changes(row, asdict(rules))
    for name, (_, value) in changed.items():
        setattr(row, name, value)
    if not changed:
        return
    said = {name: [each.isoformat("minutes") if isinstance(each, time) else each for each in pair] for name, pair in changed.items()}
    record("rules changed", "organisation", organisation_id, **said)
    if not changed.keys().isdisjoint({"has_quiet_hours", "quiet_from", "quiet_until"}):
        db.session.execute(_LOOK_AGAIN, {"organisation_id": organisation_id})


def _time(form: FormReader, name: str, before: time) -> time:
    try:
        return time.fromisoformat(form.words(name)).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError:
        form.errors[name] = "Type a time such as 21:00."
        return before
