"""People and machines that read: what they fetch, when, and under which name."""

from pathlib import Path

import pytest

from simulator.origins import Origins
from tests.simulator.world import Arrival, Receiver, Simulator, bulk, call, entry, receiving, simulating

HTML = (
    '<p>Hello {{name}}</p><a href="{{unsubscribe}}">Unsubscribe</a><a href="https://elsewhere.example/x">there</a>'
    '<a href="{{origin}}/c/1?a=1&amp;b=2">here</a><a href="{{origin}}/c/2">and here</a><img src="{{origin}}/o/{{name}}.gif">'
)


def _sent(simulator: Simulator, receiver: Receiver, *names: str) -> str:
    entries = [entry(f"{name}@example.net", name=name, origin=receiver.url, unsubscribe=f"{receiver.url}/u/{name}") for name in names]
    answer = simulator.ses().send_bulk_email(**bulk(*entries, html=HTML))
    simulator.settle()
    message_id: str = answer["BulkEmailEntryResults"][0]["MessageId"]
    return message_id


def _visits(receiver: Receiver) -> list[Arrival]:
    return [arrival for arrival in receiver.arrivals if not arrival.path.startswith("/callbacks")]


@pytest.mark.parametrize(
    ("name", "visits", "agent"),
    [
        ("success", [], ""),
        ("opens", ["/o/opens.gif"], "iPhone"),
        ("gmail", ["/o/gmail.gif"], "GoogleImageProxy"),
        ("machineopen", ["/o/machineopen.gif"], "Mozilla/5.0"),
        ("proxyopen", ["/o/proxyopen.gif"], "GoogleImageProxy"),
        ("clicks", ["/o/clicks.gif", "/c/1?a=1&b=2"], "iPhone"),
        ("scanner", ["/o/scanner.gif", "/u/scanner", "/c/1?a=1&b=2", "/c/2"], "HeadlessChrome"),
    ],
)
def test_a_reader_fetches_what_its_name_says_and_nothing_elsewhere(
    name: str, visits: list[str], agent: str, simulator: Simulator, receiver: Receiver
):
    _sent(simulator, receiver, name)

    made = _visits(receiver)
    assert [arrival.path for arrival in made] == visits
    assert all(arrival.method == "GET" and agent in arrival.headers["User-Agent"] for arrival in made)
    assert name != "machineopen" or made[0].headers["User-Agent"] == "Mozilla/5.0"


def test_people_take_their_time_and_machines_do_not(tmp_path: Path):
    with receiving() as receiver, simulating(receiver, tmp_path, "--pace", "0.9") as simulator:
        _sent(simulator, receiver, "machineopen", "opens", "scanner")

        paths = [arrival.path for arrival in _visits(receiver)]
        assert paths[-1] == "/o/opens.gif"
        assert len(paths) == 6


def test_unsubscribing_is_one_post_as_rfc_8058_wants_it(simulator: Simulator, receiver: Receiver):
    _sent(simulator, receiver, "unsub")

    arrival = _visits(receiver)[-1]
    assert (arrival.method, arrival.path, arrival.body) == ("POST", "/u/unsub", b"List-Unsubscribe=One-Click")
    assert arrival.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert arrival.headers["Cookie"] is None


def test_where_ses_tracks_an_open_and_a_click_are_published(tmp_path: Path):
    off = {"Tracking": {"OpenTrackingEnabled": "DISABLED", "ClickTrackingEnabled": "DISABLED"}}
    with receiving() as receiver, simulating(receiver, tmp_path, "--tracking", "ses") as simulator:
        _sent(simulator, receiver, "clicks")
        simulator.ses().send_bulk_email(**bulk(entry("human@example.net"), html=HTML, ConfigurationOverrides=off))
        simulator.settle()

        events = {event["eventType"]: event for event in receiver.events("clicks@example.net")}
        assert set(events) == {"Send", "Delivery", "Open", "Click"}
        assert "iPhone" in events["Open"]["open"]["userAgent"]
        assert (events["Click"]["click"]["link"], events["Click"]["click"]["linkTags"]) == (f"{receiver.url}/c/1?a=1&b=2", None)
        assert "Open" not in {event["eventType"] for event in receiver.events("human@example.net")}


def test_the_mailbox_page_acts_in_the_recipients_place(simulator: Simulator, receiver: Receiver):
    message_id = _sent(simulator, receiver, "anybody")
    mail = f"{simulator.url}/mails/{message_id}"

    for act, form in (("open", b""), ("click", f"link={receiver.url}/c/2".encode()), ("unsubscribe", b""), ("spam", b"")):
        status, _ = call("POST", f"{mail}/{act}", form, {"Content-Type": "application/x-www-form-urlencoded"})
        assert status == 200  # after the redirect back to the person's page
        simulator.settle()

    made = [(arrival.method, arrival.path) for arrival in _visits(receiver)]
    assert made == [("GET", "/o/anybody.gif"), ("GET", "/c/2"), ("POST", "/u/anybody")]
    assert receiver.events("anybody@example.net")[-1]["complaint"]["complaintFeedbackType"] == "abuse"
    assert call("POST", f"{mail}/juggle", b"")[0] == 404


def test_the_mailbox_lists_and_finds_people(simulator: Simulator, receiver: Receiver):
    _sent(simulator, receiver, "ann", "bo")
    call(
        "POST",
        f"{simulator.url}/texts",
        b"from=%2B15005551234&to=%2B15005550006&body=&body=STOP",
        {"Content-Type": "application/x-www-form-urlencoded"},
    )
    simulator.settle()

    _, everybody = call("GET", f"{simulator.url}/")
    _, found = call("GET", f"{simulator.url}/?q=bo")
    _, person = call("GET", f"{simulator.url}/mailbox?who=%2B15005551234")
    assert all(name in everybody.decode() for name in ("ann@example.net", "bo@example.net", "+15005551234"))
    assert ("bo@example.net" in found.decode(), "ann@example.net" in found.decode()) == (True, False)
    assert "successfully been unsubscribed" in person.decode()
    assert receiver.to_path("/callbacks/twilio/inbound")[0].form["Body"] == "STOP"


def test_a_mail_is_framed_so_that_looking_at_it_is_no_open(simulator: Simulator, receiver: Receiver):
    message_id = _sent(simulator, receiver, "anybody")

    _, page = call("GET", f"{simulator.url}/mailbox?who=anybody@example.net")
    assert f'<iframe src="/mails/{message_id}" sandbox=' in page.decode()
    assert call("GET", f"{simulator.url}/mailbox.css")[0] == 200
    assert call("GET", f"{simulator.url}/mails/none")[0] == 404


@pytest.mark.parametrize(
    ("url", "road", "host"),
    [
        ("http://127.0.0.1:8000/a?b=c#rc=3", "http://127.0.0.1:8000/a?b=c", None),
        ("https://sendout.example/a%2Fb", "http://127.0.0.1:8000/a%2Fb", "sendout.example"),
        ("https://sendout.example.evil/a", None, None),
        ("http://sendout.example/a", None, None),
        ("https://elsewhere.example/", None, None),
        ("", None, None),
    ],
)
def test_only_the_applications_own_urls_are_ever_touched(url: str, road: str | None, host: str | None):
    found = Origins("http://127.0.0.1:8000", "https://sendout.example").road_to(url)

    assert (found.url if found else None, found.headers.get("Host") if found else None) == (road, host)
