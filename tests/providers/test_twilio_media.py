"""Pictures fetched from Twilio: with our credentials to Twilio alone, on to where it stores them without, and never for ever."""

from base64 import b64encode
from collections.abc import Iterator

import pytest

from app.providers import twilio_media
from app.providers.base import CannotAsk
from app.providers.twilio_media import MediaGone, MediaTooLarge, NotTwilios, TwilioMedia
from tests.providers.scripted_server import Answer, ScriptedServer, scripted_server

ACCOUNT, TOKEN = "AC0a1b2c3d4e5f60718293a4b5c6d7e8f9", "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
PATH = f"/2010-04-01/Accounts/{ACCOUNT}/Messages/MM{'1' * 32}/Media/ME{'2' * 32}"
TWILIO = f"https://api.twilio.com{PATH}"
BASIC = f"Basic {b64encode(f'{ACCOUNT}:{TOKEN}'.encode()).decode()}"
PICTURE = Answer(body=b"\xff\xd8jpeg", headers={"Content-Type": "image/jpeg"})


@pytest.fixture
def media(server: ScriptedServer) -> Iterator[TwilioMedia]:
    made = TwilioMedia(ACCOUNT, TOKEN, server.url, seconds=2)
    yield made
    made.close()


def moved(location: str) -> Answer:
    return Answer(307, b"elsewhere", {"Location": location})


def test_a_picture_is_fetched_with_our_credentials(media, server):
    server.answers = [PICTURE]

    found = media.fetch(TWILIO)

    assert (found.content_type, found.content) == ("image/jpeg", b"\xff\xd8jpeg")
    assert [(each.path, each.headers["authorization"]) for each in server.requests] == [(PATH, BASIC)]


def test_the_address_may_be_that_of_what_stands_in_for_twilio(media, server):
    server.answers = [PICTURE]

    assert media.fetch(server.url + PATH).content == b"\xff\xd8jpeg"


FORGED = {
    "another host": f"https://evil.example{PATH}",
    "a host that ends alike": f"https://api.twilio.com.evil.example{PATH}",
    "a user that looks like a host": f"https://api.twilio.com@evil.example{PATH}",
    "a password in it": f"https://us:er@api.twilio.com{PATH}",
    "another port": f"https://api.twilio.com:8443{PATH}",
    "no encryption": f"http://api.twilio.com{PATH}",
    "another resource": f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Keys.json",
    "a way up": f"https://api.twilio.com{PATH}/../../../../Keys.json",
    "a question": f"{TWILIO}?x=1",
    "a script": "javascript:alert(1)",
    "a file": "file:///etc/passwd",
    "a port that is none": f"https://api.twilio.com:port{PATH}",
    "nothing": "",
}


@pytest.mark.parametrize("url", FORGED.values(), ids=list(FORGED))
def test_a_forged_address_is_asked_nothing(media, server, url):
    with pytest.raises(NotTwilios):
        media.fetch(url)

    assert server.requests == []


def test_a_forged_address_on_loopback_gets_no_credentials(media):
    with scripted_server() as stranger:
        with pytest.raises(NotTwilios):
            media.fetch(stranger.url + PATH)

        assert stranger.requests == []


def test_credentials_are_not_sent_on(media, server):
    server.answers = [moved("/twilio-media/key"), moved(f"{server.url}/twilio-media/other"), PICTURE]

    assert media.fetch(TWILIO).content == b"\xff\xd8jpeg"

    assert [(each.path, "authorization" in each.headers) for each in server.requests] == [
        (PATH, True),
        ("/twilio-media/key", False),
        ("/twilio-media/other", False),
    ]


@pytest.mark.parametrize(
    "location",
    ["https://evil.example/p.jpg", "http://mms.twiliocdn.com/p.jpg", "https://eviltwiliocdn.com/p.jpg", "file:///etc/passwd", ""],
)
def test_nobody_is_followed_to_a_strange_place(media, server, location):
    server.answers = [moved(location)] if location else [Answer(307, b"", {})]

    with pytest.raises(CannotAsk):
        media.fetch(TWILIO)

    assert all(each.path == PATH for each in server.requests)


def test_another_server_on_loopback_is_no_store_of_twilios(media, server):
    with scripted_server() as stranger:
        server.answers = [moved(f"{stranger.url}/p.jpg")]
        with pytest.raises(CannotAsk):
            media.fetch(TWILIO)

        assert stranger.requests == []


def test_going_in_circles_ends(media, server):
    server.answers = [moved(f"{server.url}{PATH}")]

    with pytest.raises(CannotAsk):
        media.fetch(TWILIO)

    assert len(server.requests) == 4


@pytest.mark.parametrize("status", [404, 410])
def test_what_was_deleted_is_gone(media, server, status):
    server.answers = [Answer(status)]

    with pytest.raises(MediaGone):
        media.fetch(TWILIO)


@pytest.mark.parametrize(
    "answer", [Answer(401), Answer(500), Answer(is_reset=True), Answer(hang_seconds=4)], ids=["401", "500", "reset", "slow"]
)
def test_without_a_clear_answer_nothing_is_known(media, server, answer):
    server.answers = [answer]

    with pytest.raises(CannotAsk):
        media.fetch(TWILIO)


def test_what_is_too_large_is_not_read_to_its_end(media, server, monkeypatch):
    monkeypatch.setattr(twilio_media, "MOST_BYTES", 100_000)
    server.answers = [Answer(body=bytes(300_000))]

    with pytest.raises(MediaTooLarge):
        media.fetch(TWILIO)
