"""Disorder on demand: what goes wrong, goes wrong as asked, and the log tells what was really taken."""

import json
from pathlib import Path

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError
from requests.exceptions import ConnectionError as RequestsConnectionError
from twilio.base.exceptions import TwilioRestException

from simulator.faults import Faults, UnknownFault
from simulator.settings import settings_from
from tests.simulator.world import OUR_NUMBER, Receiver, Simulator, bulk, call, entry, receiving, simple, simulating

ANN = "+15005551234"

SES_REFUSALS = {
    "throttle": (1.0, "TooManyRequestsException", 0),
    "throttle_seconds": (30, "TooManyRequestsException", 0),
    "error5xx": (1.0, "InternalServiceErrorException", 0),
    "error5xx_after_accept": (1.0, "InternalServiceErrorException", 1),
    "daily_quota_spent": (True, "LimitExceededException", 0),
    "account_paused": (True, "SendingPausedException", 0),
    "account_suspended": (True, "AccountSuspendedException", 0),
    "sender_unverified": (True, "MessageRejected", 0),
    "credentials_revoked": (True, "UnrecognizedClientException", 0),
}


@pytest.mark.parametrize("fault", SES_REFUSALS)
def test_ses_refuses_in_its_own_words_under(fault: str, simulator: Simulator):
    value, name, accepted = SES_REFUSALS[fault]
    simulator.faults(**{fault: value})

    with pytest.raises(ClientError) as refusal:
        simulator.ses().send_email(**simple("ann@example.net"))

    assert refusal.value.response["Error"]["Code"] == name
    assert len(simulator.accepted()) == accepted


@pytest.mark.parametrize(("fault", "accepted"), [("reset_after_accept", 1), ("reset_before_accept", 0)])
def test_a_reset_leaves_the_caller_in_doubt_but_not_the_log(fault: str, accepted: int, simulator: Simulator):
    simulator.faults(**{fault: 1.0})

    with pytest.raises(ConnectionClosedError):
        simulator.ses().send_bulk_email(**bulk(entry("ann@example.net")))
    with pytest.raises(RequestsConnectionError):
        simulator.twilio().messages.create(to=ANN, from_=OUR_NUMBER, body="Hello")

    assert [line["fault"] for line in simulator.accepted()] == [fault] * accepted * 2


def test_a_call_that_hangs_was_accepted_all_the_same(simulator: Simulator):
    simulator.faults(hang_after_accept=1.0, hang_seconds=1.0)

    with pytest.raises(ReadTimeoutError):
        simulator.ses(read_timeout=0.2).send_email(**simple("ann@example.net"))

    assert len(simulator.accepted()) == 1


@pytest.mark.parametrize(
    ("fault", "code"), [("throttle", 20429), ("error5xx", 20500), ("credentials_revoked", 20003), ("daily_quota_spent", 63038)]
)
def test_twilio_refuses_in_its_own_words_under(fault: str, code: int, simulator: Simulator):
    simulator.ask("PUT", "faults?provider=twilio", {fault: 1.0})

    with pytest.raises(TwilioRestException) as refusal:
        simulator.twilio().messages.create(to=ANN, from_=OUR_NUMBER, body="Hello")

    assert refusal.value.code == code
    assert simulator.ses().send_email(**simple("ann@example.net"))["MessageId"]


@pytest.mark.parametrize(
    ("fault", "status"), [("daily_quota_spent", "ACCOUNT_DAILY_QUOTA_EXCEEDED"), ("entry_failure", "TRANSIENT_FAILURE")]
)
def test_a_bulk_call_answers_200_though_every_entry_failed(fault: str, status: str, simulator: Simulator):
    simulator.faults(**{fault: True})

    answer = simulator.ses().send_bulk_email(**bulk(entry("ann@example.net"), entry("bo@example.net")))

    assert [result["Status"] for result in answer["BulkEmailEntryResults"]] == [status] * 2


def test_callbacks_go_missing(simulator: Simulator, receiver: Receiver):
    simulator.faults(missing=1.0)

    simulator.ses().send_email(**simple("ann@example.net"))
    simulator.settle()

    assert receiver.events() == []


def test_callbacks_come_twice_and_are_the_same_to_the_byte(simulator: Simulator, receiver: Receiver):
    simulator.faults(duplicate=1.0, reorder_seconds=0.1)

    simulator.ses().send_email(**simple("sent@example.net"))
    simulator.settle()

    first, second = receiver.to_path("/callbacks/ses")
    assert first.body == second.body


def test_callbacks_overtake_each_other(simulator: Simulator, receiver: Receiver):
    simulator.faults(reorder=1.0, reorder_seconds=0.5)

    simulator.ses().send_bulk_email(**bulk(*[entry(f"ann{number}@example.net") for number in range(20)]))
    simulator.settle()

    orders = [[event["eventType"] for event in receiver.events(f"ann{number}@example.net")] for number in range(20)]
    assert ["Delivery", "Send"] in orders
    assert all(sorted(order) == ["Delivery", "Send"] for order in orders)


def test_callbacks_come_before_the_answer(simulator: Simulator, receiver: Receiver):
    simulator.faults(early=1.0, early_seconds=0.8)

    simulator.ses().send_email(**simple("ann@example.net"))
    simulator.twilio().messages.create(to=ANN, from_=OUR_NUMBER, body="Hello", status_callback=f"{receiver.url}/status")

    assert [event["eventType"] for event in receiver.events()] == ["Send", "Delivery"]
    assert [arrival.form["MessageStatus"] for arrival in receiver.to_path("/status")] == ["sending", "sent", "delivered"]


def test_callbacks_come_late(simulator: Simulator, receiver: Receiver):
    simulator.faults(late=1.0, late_seconds=0.3)

    simulator.ses().send_email(**simple("sent@example.net"))
    early = list(receiver.events())
    simulator.settle()

    assert (early, len(receiver.events())) == ([], 1)


@pytest.mark.parametrize("wanted", [{"thunder": 1}, {"latency": "much"}, {"latency": -1}, [1]])
def test_a_fault_that_makes_no_sense_changes_nothing(wanted: object, simulator: Simulator):
    status, answer = call("PUT", f"{simulator.url}/control/faults", json.dumps(wanted).encode())

    assert (status, "error" in json.loads(answer)) == (400, True)
    assert simulator.ask("GET", "faults")["ses"]["latency"] == 0.0


def test_rates_are_held_to_and_disorder_is_set_from_the_start(tmp_path: Path):
    options = ["--max-send-rate", "1", "--bulk-calls-per-second", "0.1", "--disorder", "missing=1", "--daily-quota", "3"]
    with receiving() as receiver, simulating(receiver, tmp_path, *options) as simulator:
        ses = simulator.ses()
        answer = ses.send_bulk_email(**bulk(*[entry(f"ann{number}@example.net") for number in range(4)]))
        with pytest.raises(ses.exceptions.TooManyRequestsException):
            ses.send_bulk_email(**bulk(entry("ann@example.net")))

        statuses = [result["Status"] for result in answer["BulkEmailEntryResults"]]
        assert statuses == ["SUCCESS", "SUCCESS", "ACCOUNT_THROTTLED", "ACCOUNT_THROTTLED"]
        assert ses.get_account()["SendQuota"] == {"Max24HourSend": 3.0, "MaxSendRate": 1.0, "SentLast24Hours": 2.0}
        simulator.settle()
        assert receiver.events() == []


def test_the_log_survives_a_restart_and_goes_on_counting(tmp_path: Path):
    with receiving() as receiver:
        for _ in range(2):
            with simulating(receiver, tmp_path) as simulator:
                simulator.ses().send_email(**simple("ann@example.net"))
                logged = simulator.accepted()

    assert [line["seq"] for line in logged] == [1, 2]


@pytest.mark.parametrize(
    "arguments", [["--disorder", "thunder=1"], ["--probabilities", "bounce=lots"], ["--sns-policy", "never"], ["--port", "x"]]
)
def test_a_bad_command_line_ends_with_a_line_and_status_2(arguments: list[str], capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as end:
        settings_from(arguments)

    assert end.value.code == 2
    assert arguments[0] in capsys.readouterr().err


def test_the_environment_gives_twilios_account_and_the_public_url():
    settings = settings_from([], {"TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": "t", "PUBLIC_URL": "https://sendout.example/"})

    assert (settings.account_sid, settings.auth_token, settings.public_url) == ("AC1", "t", "https://sendout.example")


def test_dice_fall_the_same_way_for_the_same_seed():
    def thrown() -> list[object]:
        faults = Faults("7:ses")
        faults.change({"throttle": 0.3, "reset_after_accept": 0.3, "duplicate": 0.5, "missing": 0.2})
        return [*(faults.of_call() for _ in range(50)), *(faults.of_callback() for _ in range(50))]

    assert thrown() == thrown()
    assert len({str(each) for each in thrown()}) > 4


def test_an_unknown_fault_is_named():
    with pytest.raises(UnknownFault, match="thunder"):
        Faults("7").change({"thunder": 1})
