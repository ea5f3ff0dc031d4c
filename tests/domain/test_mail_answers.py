import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.mail_answers import ANSWER_MARK, LONGEST_READ, answer_words, doubt_about, is_automatic

ANSWERS = {
    "Blue, please.": "Blue, please.",
    "Yes\r\n\r\nOn Sat, 21 Nov 2026 at 10:00, Club <a@b.example> wrote:\r\n> Which?": "Yes",
    "Ja, um 5.\n\n-- \nBob Coach\nTel 1234\n\nAm Sa., 21. Nov. 2026 um 10:00 schrieb Club <a@b.example>:\n\n> Maria": "Ja, um 5.",
    "Oui\n\nLe sam. 21 nov. 2026 à 10:00, Club <a@b.example> a écrit :\n> x": "Oui",
    "Sí\n\nEl sáb, 21 nov 2026 a las 10:00, Club (<a@b.example>) escribió:\n> x": "Sí",
    "OK\n\nFrom: Club <a@b.example>\nSent: Saturday, November 21, 2026 10:00 AM\nTo: Bob\nSubject: Maria\n\nMaria texted": "OK",
    "Coming\n\nSent from my iPhone": "Coming",
    "Komme.\n\nVon meinem iPhone gesendet": "Komme.",
    "5 o'clock.\n\nKind regards,\nBob": "5 o'clock.",
    f"Two lines\nof mine\n\n{ANSWER_MARK}\n\nWhich size?": "Two lines\nof mine",
    "Bring 2 > 1 boots\nand > that": "Bring 2 > 1 boots\nand > that",
    "": "",
    "  \n \n": "",
}


@pytest.mark.parametrize(("body", "said"), list(ANSWERS.items()))
def test_quotes_and_signatures_are_left_out(body, said):
    assert answer_words(body) == said


def test_what_is_too_long_to_be_read_ends_in_an_ellipsis():
    assert answer_words("word " * 1_000).endswith("word…")
    assert answer_words("Yes\n\nOn Sat, 21 Nov 2026 at 10:00, Club <a@b.example> wrote:\n" + "> word\n" * 1_000) == "Yes"


def test_nothing_but_a_quote_is_no_answer():
    assert answer_words(f"> {ANSWER_MARK}\n> Which size?") == ""


@pytest.mark.parametrize("piece", ["On ", "\n", " \n", "> ", "Le x\n", "From: \n", "_", "Am "])
def test_a_body_made_to_be_slow_is_read_in_bounded_time(piece):
    started = time.process_time()

    answer_words(piece * 100_000)

    assert time.process_time() - started < 5


@given(st.text(max_size=3_000))
def test_any_body_is_read_and_none_becomes_longer(body):
    assert len(answer_words(body)) <= min(len(body), LONGEST_READ)


@pytest.mark.parametrize(
    "headers",
    [
        {"auto-submitted": "auto-replied"},
        {"auto-submitted": "auto-generated; owner-email=x"},
        {"precedence": "bulk"},
        {"precedence": "List"},
        {"x-autoreply": "yes"},
        {"x-auto-response-suppress": "All"},
        {"list-id": "<a.b>"},
        {"content-type": "multipart/report; report-type=x"},
    ],
)
def test_what_a_machine_wrote_is_known_by_its_headers(headers):
    assert is_automatic(headers, "bob@club.example")


@pytest.mark.parametrize("headers", [{}, {"auto-submitted": "no"}, {"precedence": "first-class"}, {"content-type": "multipart/mixed"}])
def test_what_a_person_wrote_is_not_automatic(headers):
    assert not is_automatic(headers, "bob@club.example")


@pytest.mark.parametrize("return_path", ["", "<>", " "])
def test_a_null_return_path_is_a_machines(return_path):
    assert is_automatic({}, return_path)


ALL_PASS = dict.fromkeys(("spam", "virus", "spf", "dkim", "dmarc"), "PASS")
BOB = ("bob@club.example",)


@pytest.mark.parametrize(
    ("verdicts", "return_path", "is_trusted"),
    [
        ({}, "bounce@elsewhere.example", True),
        ({"dmarc": "GRAY"}, "bob@club.example", True),
        ({"dmarc": "GRAY"}, "bob@elsewhere.example", False),
        ({"dmarc": "GRAY", "dkim": "GRAY"}, "bob@club.example", False),
        ({"dmarc": "GRAY", "spf": "FAIL"}, "bob@club.example", False),
        ({"dmarc": "FAIL"}, "bob@club.example", False),
        ({"dmarc": "PROCESSING_FAILED", "spf": "PROCESSING_FAILED"}, "bob@club.example", False),
        ({"spam": "FAIL"}, "bob@club.example", False),
        ({"virus": "FAIL"}, "bob@club.example", False),
        ({"spam": "GRAY"}, "bob@club.example", True),
    ],
)
def test_only_what_is_proven_is_trusted(verdicts, return_path, is_trusted):
    assert (doubt_about(ALL_PASS | verdicts, BOB, return_path) is None) == is_trusted


@pytest.mark.parametrize("writers", [(), ("bob@club.example", "eve@club.example")])
def test_one_writer_is_named_and_no_more(writers):
    assert doubt_about(ALL_PASS, writers, "bob@club.example") is not None


def test_without_any_verdict_nothing_is_trusted():
    assert doubt_about({}, BOB, "bob@club.example") is not None
