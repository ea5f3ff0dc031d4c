"""Why an entry stands, in a sentence for each way in."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from app.domain.suppression import SuppressionReason
from app.unsubscribes.entries import EntrySource
from app.unsubscribes.words import is_at_network, keeps_away, why, words_to_send

ON = "on 4 March 2025"


def an_entry(reason: str, source: str = "callback", **proof: object) -> SimpleNamespace:
    created_at = datetime(2025, 3, 4, 12, tzinfo=UTC)
    return SimpleNamespace(created_at=created_at, channel="email", reason=reason, source=source, scope="all", proof=proof)


@pytest.fixture(autouse=True)
def in_a_request(app):
    with app.test_request_context():
        yield


@pytest.mark.parametrize(
    ("entry", "sentence", "quote"),
    [
        (an_entry("bounce", words="smtp; 550 5.1.1"), f"Bounced {ON}: the address does not exist or takes no mail any more", ""),
        (an_entry("complaint"), f"Marked our e-mail as spam {ON}", ""),
        (an_entry("stop", "reply", words="Stop please"), f"Texted “Stop please” {ON}", ""),
        (
            an_entry("stop", "provider", words="Attempt to send to unsubscribed recipient"),
            f"Opted out of texts at the phone network, as we learned {ON}",
            "",
        ),
        (an_entry("unsubscribe", "link"), f"Unsubscribed by the link in an e-mail {ON}", ""),
        (an_entry("unsubscribe", "one_click"), f"Unsubscribed by the button of their mail program {ON}", ""),
        (an_entry("unsubscribe", "import", words="Old list", line=7), f"Imported by Bob {ON}, line 7", "Old list"),
        (an_entry("bounce", "import", words="Old list"), f"Bounced {ON}: the address does not exist or takes no mail any more", ""),
        (an_entry("manual", "user", words="Phoned"), f"Added by Bob {ON}", "Phoned"),
        (an_entry("manual", "reply", words="no more\nplease"), f"Added by Bob {ON}, after a text of theirs", "no more please"),
    ],
)
def test_the_sentence_says_why_and_when(entry, sentence, quote):
    said = why(entry, "Bob")

    assert (said.text, said.quote) == (sentence, quote)


@pytest.mark.parametrize(
    ("entry", "is_blocked"),
    [
        (an_entry("stop", "reply", words="STOP", is_at_network=True), True),
        (an_entry("stop", "reply", words="please stop texting me", is_at_network=False), False),
        (an_entry("stop", "reply", words="please stop texting me", is_at_network=True), True),
        (an_entry("stop", "reply", words=" stop "), True),
        (an_entry("stop", "reply", words="please stop texting me"), False),
        (an_entry("stop", "provider", words="Attempt to send to unsubscribed recipient"), True),
        (an_entry("stop", "callback", code="21610"), True),
        (an_entry("stop", "import", words="Old list"), False),
    ],
)
def test_the_network_blocks_what_it_has_taken_for_a_stop_itself(entry, is_blocked):
    assert is_at_network(entry) is is_blocked


@pytest.mark.parametrize("reason", list(SuppressionReason))
@pytest.mark.parametrize("source", list(EntrySource))
def test_there_is_a_sentence_for_every_reason_and_source(reason, source):
    assert ON in why(an_entry(reason, source, words="x")).text


@pytest.mark.parametrize(
    ("told", "day"), [("2024-12-31T23:30:00+00:00", "31 December 2024"), ("long ago", "4 March 2025"), ("2024-12-31", "4 March 2025")]
)
def test_the_proof_may_name_an_earlier_day(told, day):
    assert f"on {day}" in why(an_entry("complaint", at=told)).text


def test_a_long_quote_is_cut_short():
    assert len(why(an_entry("manual", "user", words="word " * 200)).quote) < 170


def test_what_an_entry_keeps_away_is_named_by_channel_and_scope():
    assert [keeps_away(channel, scope) for channel in ("email", "sms") for scope in ("all", "marketing")] == [
        "All e-mail",
        "Marketing e-mail",
        "All texts",
        "Marketing texts",
    ]


def test_without_a_number_of_ours_the_words_to_send_still_make_sense():
    assert words_to_send(None) == "Text START to our number to get our texts again."
