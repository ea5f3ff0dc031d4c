"""Pages for people without an account, and the fixed words of messages, in English, French, German and Spanish."""

import re
import string
from html.parser import HTMLParser
from pathlib import Path

import pytest

from app.domain.channels import CommunicationType
from app.domain.sms_segments import measure_text
from app.extensions import db
from app.inbound.tasks.words import stop_confirmed
from app.lib.catalogue import LANGUAGES, catalogue, in_language, spoken
from app.lib.clock import now
from app.messages.fixed_words import IN_EMAILS, IN_TEXTS
from app.messages.urls import own_urls
from app.models import Organisation, Participant, Sendout
from tests import factories

APP = Path(__file__).parents[2] / "app"
PAGES = [*(APP / "templates/tracking").glob("*.html"), APP / "templates/inbound/linked.html", APP / "templates/errors/problem.html"]
FOREIGN = [language for language in LANGUAGES if language != "en"]
_MARKED = re.compile(r"""_\(\s*"((?:[^"\\]|\\.)*)\"""")
_EXPRESSION = re.compile(r"\{[{%#].*?[}%#]\}", re.DOTALL)
# Said by the code and passed on by a page: they stand in the catalogues by these very words.
FROM_CODE = {
    "somebody", "by itself, once received", "somebody who has left", "Choose another status, or write a comment.", "Write something first.",
    "This person or their number is not kept any more.",
    "This number gets no more texts: it is on the Unsubscribes list, for a STOP or another reason.",
    "We could not read that",
    "The page sent something that makes no sense here. Go back, reload it, and try again.",
    "There is nothing here",
    "The address may be mistyped, or what it showed has been removed.",
    "This cannot be opened like that",
    "Go back to the page before, and use its buttons.",
    "Somebody was faster",
    "It has changed in the meantime. Reload the page to see how it stands now.",
    "That does not fit",
    "Check what you typed, and try again.",
    "Too many tries",
    "For safety this is closed for some minutes. Wait, and then try again.",
    "Something broke on our side",
    "Nothing that was saved is lost. Try again in a moment.",
    "Back in a moment",
    "The service cannot reach its records. Messages under way are safe.",
    "This link is not complete. Copy the whole of it from the message, or ask whoever sent it for a new one.",
    "The message that this link came in is not kept any more. Answer it, or write to whoever sent it.",
    "The message that this answers is not kept any more.",
    "This page has been closed. Answer the message instead.",
    "This link is not kept any more. Answer the message, or ask whoever sent it.",
    "Choose what you want to get.",
    "Press the button on the page to confirm that you have read it.",
    "This message does not ask anything.",
    "Choose one of the answers.",
    "This link has run out: they hold for 30 days. Sign in and answer under Replies.",
    "No more answers can go out by this link. Sign in to go on.",
    "There is no number to answer from any more.",
    "You will get no more of these messages.",
    "{organisation}: you will get no more texts from us. Text START if you want them again.",
}  # fmt: skip


def marked() -> set[str]:
    """Every sentence that a template marks."""
    return {words for page in PAGES for words in _MARKED.findall(page.read_text())}


def placeholders(words: str) -> list[str]:
    return sorted(name for _, name, _, _ in string.Formatter().parse(words) if name)


class Letters(HTMLParser):
    """Collects what a reader would read between the elements."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(source)

    def handle_data(self, data: str) -> None:
        self.found += re.findall(r"[^\W\d_]{2,}", data)


@pytest.mark.parametrize("language", FOREIGN)
def test_a_catalogue_has_every_sentence_and_no_other(language):
    assert set(catalogue(language)) == marked() | FROM_CODE | set(IN_EMAILS) | set(IN_TEXTS.values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_of_messages_need_no_escaping_and_cost_a_text_no_alphabet(language):
    assert not [words for words in IN_EMAILS if set(in_language(language, words)) & set("<>&{}")]
    assert {measure_text(in_language(language, words)).encoding for words in IN_TEXTS.values()} == {measure_text("a").encoding}


@pytest.mark.parametrize("language", FOREIGN)
def test_placeholders_and_markup_agree(language):
    for words, translated in catalogue(language).items():
        assert placeholders(words) == placeholders(translated), words
        assert sorted(re.findall(r"</?\w+>", words)) == sorted(re.findall(r"</?\w+>", translated)), words


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_words_of_a_page_stand_outside_the_catalogues(page):
    assert Letters(_EXPRESSION.sub("", page.read_text())).found == []


@pytest.mark.parametrize("sentence", sorted(FROM_CODE - {"somebody"}))
def test_what_the_code_says_is_still_said_so(sentence):
    assert any(f'"{sentence}"' in file.read_text() for file in APP.rglob("*.py"))


@pytest.mark.parametrize(
    ("wanted", "language"),
    [(("de",), "de"), (("pt_BR", "fr-CA"), "fr"), ((None, "es"), "es"), (("it", "en"), "en"), (("", "DE-ch"), "de"), (("ja", None), None)],
)
def test_the_first_language_that_is_spoken_here_is_taken(wanted, language):
    assert spoken(*wanted) == language


def test_words_that_a_catalogue_lacks_stay_english():
    assert in_language("de", "Zebra crossing") == "Zebra crossing"
    assert in_language("de", "Thank you") == "Danke"


@pytest.fixture
def message(database):  # noqa: ARG001  it has to be there
    club = factories.an_organisation(name="Turnverein <1>", language="de")
    person = factories.a_participant(club, language=None, email_address="ann@example.net")
    sendout = factories.a_sendout(
        club, state="running", communication_type=CommunicationType.MARKETING, question="Komm(s)t?", choices=["Ja", "Nein"],
        asks_confirmation=True, has_edit_link=True, subject="Zeltlager",
    )  # fmt: skip
    message = factories.a_message(sendout, person, status="sent", accepted_at=now())
    db.session.commit()
    return message


def paths(message_id: int) -> dict[str, str]:
    urls = own_urls()
    ways = {"unsubscribe": urls.unsubscribe, "acknowledge": urls.acknowledge, "answer": urls.answer, "edit": urls.edit}
    return {name: way(message_id).removeprefix(urls.public_url) for name, way in ways.items()}


def test_pages_speak_the_organisations_language_where_the_person_has_none(client, message):
    pages = {name: client.get(path).text for name, path in paths(message.id).items()}

    assert "Keine Neuigkeiten und Angebote mehr?" in pages["unsubscribe"]
    assert "Turnverein &lt;1&gt; schickt" in pages["unsubscribe"]
    assert "Ich habe es gelesen" in pages["acknowledge"]
    assert "Ihr Name" in pages["edit"]
    assert all('<html lang="de"' in page for page in pages.values())


def test_the_persons_own_language_comes_first(client, message):
    person = message_person(message)
    person.language = "fr"
    db.session.commit()

    assert "Se désabonner" in client.get(paths(message.id)["unsubscribe"]).text
    assert "Press once more" not in client.get(paths(message.id)["answer"] + "?c=1").text


def test_the_browser_decides_where_neither_language_is_spoken(client, message):
    db.session.get_one(Organisation, message.organisation_id).language = "it"
    db.session.commit()
    path = paths(message.id)["unsubscribe"]

    assert "Darse de baja" in client.get(path, headers={"Accept-Language": "ja, es;q=0.8, en;q=0.5"}).text
    assert "Unsubscribe" in client.get(path, headers={"Accept-Language": "ja"}).text
    assert "Wie gesehen wird" in client.get("/tracking-explained", headers={"Accept-Language": "de-AT,de"}).text


def test_what_goes_wrong_behind_a_link_is_said_in_the_readers_language(client, message):
    message_person(message).language = "fr"
    db.session.get_one(Sendout, message.sendout_id).edit_link_revoked_at = now()
    db.session.commit()
    ways = paths(message.id)
    clicks = own_urls().clicks(message.id, message.sendout_id).removeprefix(own_urls().public_url)

    answers = {
        "Appuyez sur le bouton de la page": client.post(ways["acknowledge"]),
        "Choisissez une des réponses.": client.post(ways["answer"], data={"choice": "9"}),
        "Choisissez ce que vous voulez recevoir.": client.post(ways["unsubscribe"]),
        "Cette page a été fermée.": client.get(ways["edit"]),
        "est plus conservé. Répondez au message": client.get(f"{clicks}/7"),
    }

    assert [words for words, answer in answers.items() if words not in answer.text] == []
    assert {answer.status_code for answer in answers.values()} == {404, 422}
    assert all('<html lang="fr"' in answer.text and 'href="/"' not in answer.text for answer in answers.values())


def test_a_link_that_is_cut_off_speaks_as_the_browser_does_and_the_dashboard_stays_english(client):
    cut_off = client.get("/u/not.a.token", headers={"Accept-Language": "es"})
    nowhere = client.get("/nowhere", headers={"Accept-Language": "es"})

    assert ("Este enlace no está completo." in cut_off.text, '<html lang="es"' in cut_off.text) == (True, True)
    assert ("There is nothing here" in nowhere.text, "To the start" in nowhere.text, '<html lang="en"' in nowhere.text) == (
        True,
        True,
        True,
    )


def test_the_button_of_a_mail_program_is_answered_in_the_readers_language(client, message):
    answer = client.post(paths(message.id)["unsubscribe"], data={"List-Unsubscribe": "One-Click"})

    assert answer.text == "Sie bekommen keine solchen Nachrichten mehr.\n"
    assert answer.content_type == "text/plain; charset=utf-8"


@pytest.mark.parametrize(
    ("theirs", "common", "words"),
    [("fr", "de", "Riverside : vous ne recevrez plus"), (None, "de", "Riverside: Sie bekommen"), ("ja", "it", "Riverside: you will get")],
)
def test_a_stop_is_confirmed_in_their_language_or_the_organisations_for_one_cheap_text(theirs, common, words):
    said = stop_confirmed(Organisation(short_name="Riverside", language=common), theirs)

    assert said.startswith(words)
    assert (measure_text(said).encoding, measure_text(said).segments) == (measure_text("a").encoding, 1)


def message_person(message):
    return db.session.get_one(Participant, message.participant_id)
