"""E-mail calls, and SES's answers to them."""

from typing import Any

from app.providers.base import EmailCall, OutgoingEmail
from tests.providers.scripted_server import Answer, json_answer


def a_message(number: int = 1, **changes: Any) -> OutgoingEmail:
    values: dict[str, Any] = {
        "message_id": number,
        "attempt": 1,
        "to": f"p{number}@example.net",
        "slots": {"first_name": f"P{number}"},
        "headers": {"List-Unsubscribe": f"<https://app.example.com/u/{number}>"},
    }
    return OutgoingEmail(**{**values, **changes})


def a_call(people: int = 1, **changes: Any) -> EmailCall:
    values: dict[str, Any] = {
        "sender": "Riverside Leisure <news@mail.example.com>",
        "reply_to": "hello@example.com",
        "subject": "Spring timetable, {{first_name}}",
        "text": "Hello {{first_name}}",
        "html": "<p>Hello {{first_name}}</p>",
        "headers": {"List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
        "messages": [a_message(number) for number in range(1, people + 1)],
        "configuration_set": "bulk-marketing",
    }
    return EmailCall(**{**values, **changes})


def bulk_answer(*results: dict[str, str]) -> Answer:
    return json_answer({"BulkEmailEntryResults": list(results)})


def success(number: int) -> dict[str, str]:
    return {"Status": "SUCCESS", "MessageId": f"ses-{number}"}
