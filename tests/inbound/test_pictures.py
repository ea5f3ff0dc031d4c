"""Pictures of received texts: shown through us to whoever may read the conversation, and words where there is none."""

from dataclasses import dataclass, field

import pytest

from app.domain.channels import Channel
from app.domain.roles import Role
from app.extensions import db
from app.providers.base import CannotAsk
from app.providers.twilio_media import Media, MediaGone, MediaTooLarge, NotTwilios
from tests import factories
from tests.browser import Browser
from tests.fakes import FakeProviders

URL = "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME{}"


@dataclass
class FakeMedia:
    """In the place of Twilio's: what it keeps by address, or what goes wrong."""

    kept: dict[str, Media | Exception] = field(default_factory=dict)

    def fetch(self, url):
        found = self.kept.get(url, MediaGone())
        if isinstance(found, Exception):
            raise found
        return found


@pytest.fixture
def media(app, monkeypatch):
    made = FakeMedia()
    monkeypatch.setitem(app.extensions, "providers", FakeProviders(media=made))
    return made


@pytest.fixture
def club():
    return factories.an_organisation(country="US")


@pytest.fixture
def reader(app, club):
    user = factories.a_member(club, Role.VIEWER)
    db.session.commit()
    return Browser(app, user)


@pytest.fixture
def text(club):
    kinds = ("image/jpeg", "audio/amr", "image/svg+xml")
    attached = [[kind, URL.format(number)] for number, kind in enumerate(kinds)]
    text = factories.a_received_text(club, factories.a_sender(club, Channel.SMS), body="", media=attached)
    db.session.commit()
    return text


def test_pictures_are_shown_by_our_own_address_and_other_kinds_are_downloads(reader, text, media):  # noqa: ARG001
    page = " ".join(reader.get(f"/replies/{text.id}").text.split())

    assert f'<img src="/replies/{text.id}/media/0" alt="Picture 1 from' in page
    assert "Voice message 2<span>Download</span>" in page
    assert f'href="/replies/{text.id}/media/2" download' in page
    assert "api.twilio.com" not in page


def test_a_picture_is_given_as_what_it_is_and_kept_by_the_reader_alone(reader, text, media):
    media.kept[URL.format(0)] = Media("image/jpeg", b"\xff\xd8")

    answer = reader.get(f"/replies/{text.id}/media/0")

    assert (answer.status_code, answer.data, answer.mimetype) == (200, b"\xff\xd8", "image/jpeg")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "private, max-age=86400, immutable"
    assert answer.headers["Content-Disposition"] == f"inline; filename=Picture-{text.id}-1.jpg"


@pytest.mark.parametrize(("number", "kind"), [(1, "audio/amr"), (2, "image/svg+xml")])
def test_anything_else_can_only_be_saved(reader, text, media, number, kind):
    media.kept[URL.format(number)] = Media(kind, b"<svg/>")

    answer = reader.get(f"/replies/{text.id}/media/{number}")

    assert (answer.status_code, answer.mimetype) == (200, "application/octet-stream")
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")


@pytest.mark.parametrize(
    "case",
    [
        (MediaGone(), 404, "It was deleted at Twilio"),
        (NotTwilios(), 404, "none of Twilio&#39;s"),
        (MediaTooLarge(), 422, "too large"),
        (CannotAsk(), 503, "Twilio cannot be reached just now"),
        (Media("text/html", b"<script>"), 422, "no picture that can be shown"),
    ],
)
def test_what_cannot_be_shown_says_why_in_calm_words(reader, text, media, case):
    found, status, words = case
    media.kept[URL.format(0)] = found

    answer = reader.get(f"/replies/{text.id}/media/0")

    assert answer.status_code == status
    assert words in answer.text
    assert answer.mimetype == "text/html"


def test_there_is_nothing_beyond_what_came_and_nothing_for_strangers(app, club, reader, text, media):  # noqa: ARG001
    stranger = Browser(app, factories.a_member(factories.an_organisation(), Role.OWNER))
    db.session.commit()
    media.kept[URL.format(0)] = Media("image/jpeg", b"\xff\xd8")

    assert reader.get(f"/replies/{text.id}/media/3").status_code == 404
    assert stranger.get(f"/replies/{text.id}/media/0").status_code == 404
    assert Browser(app).get(f"/replies/{text.id}/media/0").status_code in (302, 303)
