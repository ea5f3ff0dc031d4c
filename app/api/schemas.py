"""The objects of the API for its description, in JSON Schema."""

from typing import Any

from app.api.shapes import FACTS, SIGNS
from app.domain.audience import SkipReason
from app.domain.channels import Channel, ChannelPlan, CommunicationType
from app.domain.sendout_state import SendoutState
from app.domain.shown import ShownStatus
from app.domain.suppression import SuppressionReason, SuppressionScope
from app.models import CustomFieldKind

Schema = dict[str, Any]


def _text(about: str = "", **more: Any) -> Schema:
    return {"type": "string", **({"description": about} if about else {}), **more}


def _or_null(schema: Schema) -> Schema:
    kind = schema["type"]
    with_null = {**schema, "type": [kind, "null"]}
    return with_null | {"enum": [*schema["enum"], None]} if "enum" in schema else with_null


def _one_of(values: Any) -> Schema:
    return {"type": "string", "enum": [str(value) for value in values]}


def _object(required: dict[str, Schema], optional: dict[str, Schema] | None = None) -> Schema:
    return {
        "type": "object",
        "properties": {**required, **(optional or {})},
        "required": list(required),
        "additionalProperties": False,
    }


_ID: Schema = {"type": "integer", "format": "int64", "minimum": 1}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_FLAG: Schema = {"type": "boolean"}
_MOMENT = _text("An instant in UTC.", format="date-time")
_CUSTOM: Schema = {"type": "object", "description": "The organisation's own fields, by key.", "additionalProperties": True}
_BY_NAME: Schema = {"type": "object", "additionalProperties": _COUNT}

_NAMES = {
    "first_name": _text(),
    "last_name": _text(),
    "email_address": _or_null(_text()),
    "phone_number": _or_null(_text("In E.164, such as +447700900123; as input also as people dial it in the organisation's country.")),
    "language": _or_null(_text("Two letters, such as de.")),
    "time_zone": _or_null(_text("Such as Europe/Berlin.")),
    "member_number": _or_null(_text("The organisation's own; two people never have the same.")),
}
_ABOUT: Schema = {"type": "array", "items": _text(), "description": "The children or members that they are written to for."}
_STANDING = _object(
    {
        "channel": _one_of(Channel),
        "reason": _one_of(SuppressionReason),
        "scope": _one_of(SuppressionScope),
        "since": _MOMENT,
    }
)
_NAMED_LIST = _object({"id": _ID, "name": _text()})
_COUNTS = _object(
    {
        "audience": _COUNT,
        "shown": {**_BY_NAME, "description": "How many messages stand at each status; they add up to the audience."},
        "skipped": {**_BY_NAME, "description": "Of those skipped, how many for each reason."},
        **dict.fromkeys(FACTS, _COUNT),
    }
)
SCHEMAS: dict[str, Schema] = {
    "Field": _object({"key": _text(), "name": _text(), "kind": _one_of(CustomFieldKind)}),
    "List": _object({"id": _ID, "name": _text(), "created_at": _MOMENT, "people": _COUNT}),
    "NewList": _NAMED_LIST,
    "NewListBody": _object({"name": _text(minLength=1, maxLength=100)}),
    "Participant": _object(
        {
            "id": _ID,
            **_NAMES,
            "about": _ABOUT,
            "custom": _CUSTOM,
            "is_bad_email": _FLAG,
            "is_bad_number": _FLAG,
            "unsubscribed": {"type": "array", "items": _STANDING},
        },
        {"lists": {"type": "array", "items": _NAMED_LIST, "description": "Where one participant is asked for."}},
    ),
    "ParticipantBody": _object({}, {**{name: _or_null({**each, "type": "string"}) for name, each in _NAMES.items()}, "about": _ABOUT,
                                    "custom": _CUSTOM, "allow_shared_address": _FLAG}),
    "SendOut": _object(
        {
            "id": _ID,
            "title": _text(),
            "state": _one_of(SendoutState),
            "communication_type": _or_null(_one_of(CommunicationType)),
            "channel_plan": _one_of(ChannelPlan),
            "is_urgent": _FLAG,
            "audience_count": _or_null(_COUNT),
            "resend_of": _or_null(_ID),
            "created_at": _MOMENT,
            "scheduled_at": _or_null(_MOMENT),
            "launched_at": _or_null(_MOMENT),
            "first_accepted_at": _or_null(_MOMENT),
            "first_delivered_at": _or_null(_MOMENT),
            "held_reason": _or_null(_text("Where it is held: why, and what a person has to do.")),
            "channels": {"type": "object", "properties": {str(each): _COUNTS for each in Channel}, "additionalProperties": False},
        }
    ),
    "Message": _object(
        {
            "id": _ID,
            "channel": _one_of(Channel),
            "status": _one_of(ShownStatus),
            "participant_id": _ID,
            "name": _text(),
            "address": _or_null(_text()),
            "skip_reason": _or_null(_one_of(SkipReason)),
            "error_code": _or_null(_text()),
            "error_words": _or_null(_text()),
            "answer": _or_null(_text("The choice that they answered with.")),
            **{name: _or_null(_MOMENT) for name in SIGNS},
        }
    ),
    "NewMessage": _object({"send_out_id": _ID}),
    "NewMessageBody": _object(
        {"participant_id": _ID, "channel": _one_of(Channel), "body": _text("Plain text.", minLength=1)},
        {"subject": _text("Of an e-mail, which has to have one."), "is_marketing": _FLAG},
    ),
    "UnsubscribeEntry": _object(
        {
            "id": _ID,
            "channel": _one_of(Channel),
            "address": _text(),
            "reason": _one_of(SuppressionReason),
            "scope": _one_of(SuppressionScope),
            "source": _text("Who or what put it there."),
            "created_at": _MOMENT,
        }
    ),
    "UnsubscribeBody": _object(
        {
            "address": _text("An e-mail address or a mobile number.", minLength=1),
            "scope": _one_of(SuppressionScope),
            "words": _text("Why, so that others understand it later.", minLength=1, maxLength=500),
        }
    ),
    "Problem": _object(
        {
            "error": _object(
                {
                    "status": {"type": "integer"},
                    "title": _text(),
                    "detail": _text("What is wrong, and what to do about it."),
                    "field": _or_null(_text("What of the input is to blame, where one thing is.")),
                }
            )
        }
    ),
}  # fmt: skip
