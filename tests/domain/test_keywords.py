"""What received texts ask for, and which of our own ask for trouble."""

# ruff: noqa: RUF001 - people type curly quotes

from pathlib import Path
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.keywords import Keyword, invites_opt_out, read_keyword

INBOUND = Path(__file__).parent.parent / "payloads" / "twilio" / "inbound"
EXPECTED = {
    "advanced-optout-custom-word": Keyword.STOP,
    "advanced-optout-help": Keyword.HELP,
    "advanced-optout-start": Keyword.START,
    "advanced-optout-stop": Keyword.STOP,
    "keyword-cancel": Keyword.STOP,
    "keyword-end": Keyword.STOP,
    "keyword-help": Keyword.HELP,
    "keyword-info": Keyword.HELP,
    "keyword-optout": Keyword.STOP,
    "keyword-please-cancel-is-not-a-keyword": Keyword.LIKELY_STOP,
    "keyword-quit": Keyword.STOP,
    "keyword-revoke": Keyword.STOP,
    "keyword-start": Keyword.START,
    "keyword-stop": Keyword.STOP,
    "keyword-stop-lowercase": Keyword.STOP,
    "keyword-stop-mixed-spaces": Keyword.STOP,
    "keyword-stop-please-is-not-a-keyword": Keyword.LIKELY_STOP,
    "keyword-stopall": Keyword.STOP,
    "keyword-unstop": Keyword.START,
    "keyword-unstoppable": Keyword.NONE,
    "keyword-unsubscribe": Keyword.STOP,
    "keyword-yes": Keyword.NONE,
    "keyword-yes-please": Keyword.NONE,
}


@pytest.mark.parametrize("sample", sorted(INBOUND.glob("*.form")), ids=lambda path: path.stem)
def test_every_inbound_sample_is_read_as_expected(sample):
    form = parse_qs(sample.read_text(encoding="utf-8"), keep_blank_values=True)
    verdict = form.get("OptOutType", [None])[0]

    assert read_keyword(form["Body"][0], verdict) is EXPECTED.get(sample.stem, Keyword.NONE)


def test_no_expected_sample_is_missing():
    assert set(EXPECTED) <= {path.stem for path in INBOUND.glob("*.form")}


@pytest.mark.parametrize(
    "body",
    [
        "Stop.",
        "STOP!!!",
        "« Arrêt »",
        "Arrêtez",
        "_STOP_",
        "STOP all messages now please",
        "Please stop all these messages",
        "I don't want any more messages",
        "ARRET",
        "baja",
        "STOPP",
        "Abmelden",
        "stop all",
        "opt-out",
        "Please stop texting me",
        "stop texting me!",
        "Don’t text me anymore",
        "do not contact me again please",
        "No more texts",
        "Remove me from your list",
        "take me off this list",
        "Unsubscribe me from this",
        "I'd like to opt out",
        "Arrêtez de m'envoyer des SMS svp",
        "Ne m'envoyez plus de messages",
        "désabonnez-moi",
        "No me envíen más mensajes",
        "Quiero darme de baja",
        "por favor dejen de escribirme",
        "Bitte keine Nachrichten mehr",
        "Schreibt mir nicht mehr",
        "Melden Sie mich ab",
    ],
)
def test_what_leaves_no_doubt_is_a_stop(body):
    assert read_keyword(body) is Keyword.STOP


@pytest.mark.parametrize(
    "body",
    ["stop please", "please cancel?", "Annuler", "how do I unsubscribe from all this", "Who is this? Stop texting me or I will complain"],
)
def test_what_probably_means_stop_waits_for_a_person(body):
    assert read_keyword(body) is Keyword.LIKELY_STOP


@pytest.mark.parametrize(
    "body",
    [
        "",
        "   ",
        "yes",
        "2",
        "We will stop by at the field before the game",
        "unstoppable!",
        "See you at the weekend",
        "The coach cannot cancel it, can he?",
    ],
)
def test_ordinary_answers_ask_for_nothing(body):
    assert read_keyword(body) is Keyword.NONE


@pytest.mark.parametrize(("body", "keyword"), [("Aide", Keyword.HELP), ("hilfe!", Keyword.HELP), ("unstop", Keyword.START)])
def test_help_and_start_are_read_in_any_case(body, keyword):
    assert read_keyword(body) is keyword


@pytest.mark.parametrize(
    ("is_opted_out", "is_toll_free", "keyword"),
    [(False, False, Keyword.NONE), (True, False, Keyword.START), (True, True, Keyword.NONE), (False, True, Keyword.NONE)],
)
def test_yes_starts_again_only_who_is_opted_out_and_not_on_toll_free(is_opted_out, is_toll_free, keyword):
    assert read_keyword(" Yes! ", is_opted_out=is_opted_out, is_toll_free=is_toll_free) is keyword


@pytest.mark.parametrize(
    ("body", "verdict", "keyword"),
    [("genug", "STOP", Keyword.STOP), ("stop", "START", Keyword.START), ("stop", "HELP", Keyword.HELP), ("stop", "NEW", Keyword.STOP)],
)
def test_twilios_verdict_is_believed_over_the_words_if_we_know_it(body, verdict, keyword):
    assert read_keyword(body, verdict) is keyword


@given(
    st.sampled_from(["stop", "stopall", "unsubscribe", "quit", "arrêt", "abmelden"]),
    st.text(alphabet=" \t\n.!?\"'", max_size=5),
    st.booleans(),
)
def test_white_space_case_and_punctuation_do_not_hide_a_stop(word, around, is_upper):
    body = around + (word.upper() if is_upper else word) + around

    assert read_keyword(body) is Keyword.STOP


@given(st.text(max_size=200))
def test_any_text_can_be_read(body):
    assert read_keyword(body) in Keyword
    assert (invites_opt_out(body) or "Ask for another word.").endswith("Ask for another word.")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Training is off. Reply CANCEL to give up your place.", "take “CANCEL” as STOP"),
        ("Text us back with “end” when you are home", "take “END” as STOP"),
        ("Coming? Reply YES or NO", "“YES” also signs people up again"),
        ("Antworten Sie mit START", "“START” also signs people up again"),
        ("Répondez QUIT", "take “QUIT” as STOP"),
        ("Reply NO or CANCEL", "take “CANCEL” as STOP"),
        ("Reply yes/no/cancel", "take “CANCEL” as STOP"),
        ("Answer 'OK', 'LATE' or 'END'.", "take “END” as STOP"),
        ("Reply 1 or cancel", "take “CANCEL” as STOP"),
        ("Reply CANCEL or QUIT", "take “CANCEL” and “QUIT” as STOP"),
        ("Reply YES or CANCEL", "take “CANCEL” as STOP"),
        ("Reply YES or CANCEL", "“YES” also signs people up again"),
        ("Reply here or text CANCEL", "take “CANCEL” as STOP"),
        ("Reply YES or text CANCEL", "take “CANCEL” as STOP"),
    ],
)
def test_a_text_that_asks_for_a_carriers_word_is_warned_of(text, words):
    assert words in (invites_opt_out(text) or "")


@pytest.mark.parametrize(
    "text",
    [
        "Reply STOP to opt out",
        "Reply NO or STOP",
        "Reply 1 for yes, 2 for no",
        "The end of term is near",
        "We cancel training today",
        "Please reply by Friday or cancel on our page",
    ],
)
def test_a_harmless_text_is_left_alone(text):
    assert invites_opt_out(text) is None
