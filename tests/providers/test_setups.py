"""How Amazon and Twilio are set up to reach us: asked for and put right as their APIs have it."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, unquote

import boto3
import pytest
from botocore.stub import Stubber

from app.domain.sending_domain import Identity
from app.providers.base import CannotAsk
from app.providers.ses_setup import ALL_EVENTS, EventFeed, SesSetup
from app.providers.sns_setup import PATIENCE, PATIENT_TRIES, SnsSetup, Subscription
from app.providers.twilio import twilio_client
from app.providers.twilio_http import PooledHttpClient
from app.providers.twilio_setup import TextDoor, TwilioAccount, TwilioSetup
from tests.providers.scripted_server import Answer, ScriptedServer, json_answer

TOPIC = "arn:aws:sns:eu-central-1:111122223333:events"
SUBSCRIPTION = f"{TOPIC}:6b0e71bd-7e97-4d97-80ce-4a0994e55286"
DOOR = "https://app.example.com/callbacks/ses"
QUEUE, QUEUE_URL = "arn:aws:sqs:eu-central-1:111122223333:sendout-undelivered-events", "https://sqs.example.com/1/q"
ACCOUNT = "AC0a1b2c3d4e5f60718293a4b5c6d7e8f9"
SERVICE = "MG9f8e7d6c5b4a39281706f5e4d3c2b1a0"


def ses_error(name: str, status: int) -> Answer:
    return json_answer({"message": "why"}, status, {"x-amzn-ErrorType": name})


@pytest.fixture
def ses_setup(ses: Any, server: ScriptedServer) -> SesSetup:
    assert server.requests == []
    return SesSetup(ses)


def test_a_domain_tells_its_tokens_and_whether_it_may_send(ses_setup, server):
    dkim = {"Status": "PENDING", "Tokens": ["a", "b", "c"], "SigningHostedZone": "dkim.region.example"}
    server.answers = [
        json_answer({"VerifiedForSendingStatus": False, "DkimAttributes": dkim}),
        json_answer({"VerifiedForSendingStatus": True}),
    ]

    domain, address = ses_setup.identity("club.example"), ses_setup.identity("news@club.example")

    assert domain == Identity(is_verified=False, dkim_tokens=("a", "b", "c"), signing_zone="dkim.region.example")
    assert address == Identity(is_verified=True)
    assert [unquote(request.path) for request in server.requests] == [
        "/v2/email/identities/club.example",
        "/v2/email/identities/news@club.example",
    ]


def test_a_domain_that_ses_does_not_know_is_none_and_can_be_begun_more_than_once(ses_setup, server):
    server.answers = [ses_error("NotFoundException", 404), json_answer({}), ses_error("AlreadyExistsException", 400)]

    assert ses_setup.identity("club.example") is None
    ses_setup.begin_domain("club.example")
    ses_setup.begin_domain("club.example")

    assert [request.json for request in server.requests[1:]] == [{"EmailIdentity": "club.example"}] * 2


def test_without_the_right_to_ask_nothing_is_known_of_a_domain(ses_setup, server):
    server.answers = [ses_error("AccessDeniedException", 403)]

    with pytest.raises(CannotAsk):
        ses_setup.identity("club.example")
    with pytest.raises(CannotAsk):
        ses_setup.begin_domain("club.example")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (json_answer({"ConfigurationSetName": "sendout"}), True),
        (json_answer({"SendingOptions": {"SendingEnabled": False}}), False),
        (ses_error("NotFoundException", 404), None),
    ],
)
def test_a_configuration_set_sends_or_not_or_is_not_there(ses_setup, server, answer, expected):
    server.answers = [answer]

    assert ses_setup.is_sending("sendout") is expected
    assert server.requests[0].path == "/v2/email/configuration-sets/sendout"


def test_feeds_are_those_that_lead_to_topics(ses_setup, server):
    to_topic = {"Name": "a", "Enabled": True, "MatchingEventTypes": ["SEND", "BOUNCE"], "SnsDestination": {"TopicArn": TOPIC}}
    to_bus = {"Name": "b", "MatchingEventTypes": ["SEND"], "EventBridgeDestination": {"EventBusArn": "arn:x"}}
    server.answers = [json_answer({"EventDestinations": [to_topic, to_bus]})]

    (feed,) = ses_setup.feeds("sendout")

    assert feed == EventFeed("a", TOPIC, is_enabled=True, event_types=frozenset({"SEND", "BOUNCE"}))
    assert feed.missing == [event for event in ALL_EVENTS if event not in ("SEND", "BOUNCE")]
    assert len(ALL_EVENTS) == 10


@pytest.mark.parametrize(
    ("existing", "method", "path"),
    [
        (None, "POST", "/v2/email/configuration-sets/sendout/event-destinations"),
        (
            EventFeed("old", TOPIC, is_enabled=False, event_types=frozenset()),
            "PUT",
            "/v2/email/configuration-sets/sendout/event-destinations/old",
        ),
    ],
)
def test_all_ten_events_are_fed_to_the_topic(ses_setup, server, existing, method, path):
    ses_setup.feed_everything("sendout", TOPIC, existing)

    (request,) = server.requests
    assert (request.method, request.path) == (method, path)
    assert request.json["EventDestination"] == {
        "Enabled": True,
        "MatchingEventTypes": list(ALL_EVENTS),
        "SnsDestination": {"TopicArn": TOPIC},
    }


def test_a_configuration_set_is_created(ses_setup, server):
    ses_setup.create_set("sendout")

    assert (server.requests[0].path, server.requests[0].json) == ("/v2/email/configuration-sets", {"ConfigurationSetName": "sendout"})


def test_what_ses_refuses_cannot_be_asked(ses_setup, server):
    server.answers = [ses_error("AccessDeniedException", 403)]

    with pytest.raises(CannotAsk, match="AccessDenied"):
        ses_setup.is_sending("sendout")
    with pytest.raises(CannotAsk):
        ses_setup.create_set("sendout")


class Amazon:
    """Clients of SNS and SQS with scripted answers, checked against botocore's models."""

    def __init__(self) -> None:
        make: Any = boto3.session.Session().client
        self.clients = {name: make(name, region_name="eu-central-1") for name in ("sns", "sqs")}
        self.stubs = {name: Stubber(client) for name, client in self.clients.items()}
        self.regions: set[str] = set()
        for stub in self.stubs.values():
            stub.activate()

    def client(self, service: str, region: str) -> Any:
        self.regions.add(region)
        return self.clients[service]

    def subscribed(self, *subscriptions: tuple[str, str]) -> None:
        rows = [
            {"SubscriptionArn": arn, "Endpoint": endpoint, "Protocol": "https", "TopicArn": TOPIC, "Owner": "1"}
            for arn, endpoint in subscriptions
        ]
        self.stubs["sns"].add_response("list_subscriptions_by_topic", {"Subscriptions": rows}, {"TopicArn": TOPIC})

    def attributes(self, **attributes: str) -> None:
        answer = {"Attributes": {"SubscriptionArn": SUBSCRIPTION, "PendingConfirmation": "false", **attributes}}
        self.stubs["sns"].add_response("get_subscription_attributes", answer, {"SubscriptionArn": SUBSCRIPTION})

    def sets(self, name: str, value: object) -> None:
        asked = {"SubscriptionArn": SUBSCRIPTION, "AttributeName": name, "AttributeValue": json.dumps(value)}
        self.stubs["sns"].add_response("set_subscription_attributes", {}, asked)


@pytest.fixture
def amazon() -> Iterator[Amazon]:
    made = Amazon()
    yield made
    for stub in made.stubs.values():
        stub.assert_no_pending_responses()


def test_a_topic_without_our_door_has_no_subscription(amazon):
    amazon.subscribed((SUBSCRIPTION, "https://elsewhere.example.org"))

    assert SnsSetup(amazon.client).subscription(TOPIC, DOOR) is None
    assert amazon.regions == {"eu-central-1"}


def test_a_subscription_that_waits_for_its_confirmation_is_told_apart(amazon):
    amazon.subscribed(("PendingConfirmation", DOOR))

    assert SnsSetup(amazon.client).subscription(TOPIC, DOOR) == Subscription(None)


def test_a_fresh_subscription_is_impatient_and_keeps_nothing(amazon):
    amazon.subscribed((SUBSCRIPTION, DOOR))
    amazon.attributes(
        EffectiveDeliveryPolicy=json.dumps({"healthyRetryPolicy": {"numRetries": 3, "minDelayTarget": 20}}), RawMessageDelivery="true"
    )

    found = SnsSetup(amazon.client).subscription(TOPIC, DOOR)

    assert found == Subscription(SUBSCRIPTION, is_raw=True, tries=3)
    assert not found.is_patient


def test_a_subscription_that_is_set_up_is_seen_as_such(amazon):
    amazon.subscribed((SUBSCRIPTION, DOOR))
    amazon.attributes(EffectiveDeliveryPolicy=json.dumps(PATIENCE), RedrivePolicy=json.dumps({"deadLetterTargetArn": QUEUE}))

    found = SnsSetup(amazon.client).subscription(TOPIC, DOOR)

    assert found == Subscription(SUBSCRIPTION, tries=PATIENT_TRIES, dead_letters_arn=QUEUE)
    assert found.is_patient


def test_patience_fits_into_the_hour_that_sns_allows():
    policy = PATIENCE["healthyRetryPolicy"]
    pauses = int(str(policy["numRetries"]))
    longest = pauses * (int(str(policy["minDelayTarget"])) + int(str(policy["maxDelayTarget"]))) / 2

    assert 3_000 < longest <= 3_600


def test_the_subscription_is_made_and_put_right(amazon):
    setup = SnsSetup(amazon.client)
    asked = {"TopicArn": TOPIC, "Protocol": "https", "Endpoint": DOOR, "Attributes": {"DeliveryPolicy": json.dumps(PATIENCE)}}
    amazon.stubs["sns"].add_response("subscribe", {"SubscriptionArn": "pending confirmation"}, asked)
    amazon.sets("DeliveryPolicy", PATIENCE)
    amazon.sets("RawMessageDelivery", value=False)

    setup.subscribe(TOPIC, DOOR)
    setup.be_patient(TOPIC, SUBSCRIPTION)
    setup.unwrap_nothing(TOPIC, SUBSCRIPTION)

    amazon.stubs["sns"].assert_no_pending_responses()


def test_dead_letters_are_kept_in_a_queue_that_only_the_topic_may_fill(amazon):
    sqs = amazon.stubs["sqs"]
    sqs.add_response("create_queue", {"QueueUrl": QUEUE_URL}, {"QueueName": "sendout-undelivered-events"})
    sqs.add_response("get_queue_attributes", {"Attributes": {"QueueArn": QUEUE}}, {"QueueUrl": QUEUE_URL, "AttributeNames": ["QueueArn"]})
    condition = {"ArnEquals": {"aws:SourceArn": TOPIC}}
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": QUEUE,
        "Condition": condition,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.add_response(
        "set_queue_attributes", {}, {"QueueUrl": QUEUE_URL, "Attributes": {"MessageRetentionPeriod": "1209600", "Policy": policy}}
    )
    amazon.sets("RedrivePolicy", {"deadLetterTargetArn": QUEUE})

    assert SnsSetup(amazon.client).keep_dead_letters(TOPIC, SUBSCRIPTION) == QUEUE


def test_dead_letters_are_counted(amazon):
    sqs = amazon.stubs["sqs"]
    sqs.add_response("get_queue_url", {"QueueUrl": QUEUE_URL}, {"QueueName": "sendout-undelivered-events"})
    sqs.add_response("get_queue_attributes", {"Attributes": {"ApproximateNumberOfMessages": "7"}})

    assert SnsSetup(amazon.client).dead_letters(QUEUE) == 7


def test_what_sns_refuses_cannot_be_asked(amazon):
    amazon.stubs["sns"].add_client_error("list_subscriptions_by_topic", "AuthorizationError", http_status_code=403)

    with pytest.raises(CannotAsk, match="AuthorizationError"):
        SnsSetup(amazon.client).subscription(TOPIC, DOOR)


@pytest.fixture
def twilio(server: ScriptedServer) -> Iterator[TwilioSetup]:
    http_client = PooledHttpClient(server.url)
    yield TwilioSetup(twilio_client(ACCOUNT, "0f1e2d3c4b5a69788796a5b4c3d2e1f0", http_client))
    http_client.close()


def test_the_account_says_how_it_stands(twilio, server):
    server.answers = [json_answer({"sid": ACCOUNT, "status": "active", "type": "Full"})]

    assert twilio.account() == TwilioAccount("active", "Full")
    assert server.requests[0].path == f"/2010-04-01/Accounts/{ACCOUNT}.json"


def test_a_number_is_found_with_its_way_in(twilio, server):
    row = {"sid": "PN1", "phone_number": "+15005550006", "sms_url": "https://demo.twilio.com/welcome/sms/reply", "sms_method": "POST"}
    server.answers = [json_answer({"incoming_phone_numbers": [row]}), json_answer({"incoming_phone_numbers": []})]

    assert twilio.number("+15005550006") == TextDoor("PN1", row["sms_url"], "POST")
    assert twilio.number("+15005550007") is None
    assert "PhoneNumber=%2B15005550006" in server.requests[0].path


def test_a_service_is_found_or_not(twilio, server):
    row = {"sid": SERVICE, "inbound_request_url": None, "inbound_method": "POST", "use_inbound_webhook_on_number": True}
    server.answers = [json_answer(row), json_answer({"code": 20404, "message": "not found", "status": 404}, 404)]

    assert twilio.service(SERVICE) == TextDoor(SERVICE, None, "POST", follows_numbers=True)
    assert twilio.service(SERVICE) is None


def test_numbers_and_services_are_pointed_at_our_door(twilio, server):
    server.answers = [json_answer({"sid": "PN1"}), json_answer({"sid": SERVICE})]

    twilio.point_number("PN1", "https://app.example.com/in")
    twilio.point_service(SERVICE, "https://app.example.com/in")

    number, service = (parse_qs(request.body.decode()) for request in server.requests)
    assert number == {"SmsUrl": ["https://app.example.com/in"], "SmsMethod": ["POST"]}
    assert service["InboundRequestUrl"] == ["https://app.example.com/in"]
    assert service["UseInboundWebhookOnNumber"] == ["false"]


@pytest.mark.parametrize(
    ("url", "method", "leads", "is_free"),
    [
        ("https://app.example.com/in", "POST", True, False),
        ("https://app.example.com/in", None, True, False),
        ("https://app.example.com/in", "GET", False, False),
        ("https://demo.twilio.com/welcome/sms/reply", "POST", False, True),
        ("", "POST", False, True),
        (None, None, False, True),
        ("https://elsewhere.example.org", "POST", False, False),
    ],
)
def test_a_door_leads_to_us_to_somebody_else_or_nowhere(url, method, leads, is_free):
    door = TextDoor("PN1", url, method)

    assert (door.leads_to("https://app.example.com/in"), door.is_free) == (leads, is_free)


def test_what_twilio_refuses_cannot_be_asked(twilio, server):
    server.answers = [json_answer({"code": 20003, "message": "Authenticate", "status": 401}, 401)]

    for ask in (twilio.account, lambda: twilio.number("+15005550006"), lambda: twilio.service(SERVICE)):
        with pytest.raises(CannotAsk, match=r"20003|401"):
            ask()
