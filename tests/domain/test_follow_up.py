import pytest

from app.domain.follow_up import Happening, action_sentence, age_words
from app.domain.links import add_visible_pixel


@pytest.mark.parametrize(("days", "words"), [(0, "since today"), (1, "for a day"), (2, "for 2 days"), (30, "for 30 days")])
def test_an_age_is_said_in_days(days, words):
    assert age_words(days) == words


@pytest.mark.parametrize(
    ("happening", "words"),
    [
        (Happening.OPENED, "When a message to the list Parents is opened by a person, it becomes Read."),
        (Happening.ACKNOWLEDGED, "When a message to the list Parents is confirmed as read, it becomes Read."),
        (Happening.RESPONDED, "When a message to the list Parents is answered with one of the choices, it becomes Read."),
    ],
)
def test_an_action_reads_as_a_sentence(happening, words):
    assert action_sentence("to the list Parents", happening, "Read") == words


@pytest.mark.parametrize("source", ["<p>Hello</p>", "<html><body><p>Hello</p></body></html>"])
def test_a_visible_picture_stands_at_the_end_with_label_and_link(source):
    mail = add_visible_pixel(source, "https://o.test/x.gif?auto", "https://o.test/why?a=1&b=2", "Why")

    assert (
        mail.index("<p>Hello</p>")
        < mail.index('<a href="https://o.test/why?a=1&amp;b=2"')
        < mail.index('<img src="https://o.test/x.gif?auto"')
    )
    assert 'alt="auto"' in mail
    assert mail.endswith("</p></body></html>" if "body" in source else "</p>")
