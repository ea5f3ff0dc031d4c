"""How Amazon SNS is set up to reach us: the subscription of our door to a topic, its patience, and what becomes of what it gives up."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from app.providers.base import CannotAsk
from app.providers.ses_outcomes import SES_ERRORS

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

PATIENT_TRIES = 50
# The whole of a policy may last an hour at most: 50 pauses that grow from 1 to 138 seconds are 58 minutes.
PATIENCE = {
    "healthyRetryPolicy": {
        "numRetries": PATIENT_TRIES,
        "minDelayTarget": 1,
        "maxDelayTarget": 138,
        "numNoDelayRetries": 0,
        "numMinDelayRetries": 0,
        "numMaxDelayRetries": 0,
        "backoffFunction": "linear",
    }
}
_QUEUE_NAME = "sendout-undelivered-events"
_KEPT_SECONDS = 14 * 24 * 3600  # the longest that SQS keeps anything
_PENDING = "PendingConfirmation"


@dataclass(frozen=True, slots=True)
class Subscription:
    """Our door's subscription to a topic; `arn` None until it is confirmed, and then nothing else is known of it."""

    arn: str | None
    is_raw: bool = False
    tries: int = 0
    dead_letters_arn: str | None = None

    @property
    def is_patient(self) -> bool:
        """Whether SNS tries long enough to outlast a restart of ours."""
        return self.tries >= PATIENT_TRIES


class SnsSetup:
    """Asks about a topic's set-up, and puts it right, in the topic's own region. Everything raises CannotAsk."""

    def __init__(self, make_client: Callable[[str, str], Any] | None = None) -> None:
        self._make_client = make_client or aws_client

    def subscription(self, topic_arn: str, endpoint: str) -> Subscription | None:
        """The subscription of an endpoint; None when there is none."""
        with _asking():
            sns = self._sns(topic_arn)
            pages = sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic_arn)
            found = [each["SubscriptionArn"] for page in pages for each in page["Subscriptions"] if each.get("Endpoint") == endpoint]
            if not found:
                return None
            confirmed = next((arn for arn in found if arn.startswith("arn:")), None)
            if confirmed is None:
                return Subscription(None)
            return _subscription(confirmed, sns.get_subscription_attributes(SubscriptionArn=confirmed)["Attributes"])

    def subscribe(self, topic_arn: str, endpoint: str) -> None:
        """Subscribe an endpoint, or ask it to confirm once more; the running web process answers by itself."""
        with _asking():
            self._sns(topic_arn).subscribe(
                TopicArn=topic_arn,
                Protocol=endpoint.partition(":")[0],
                Endpoint=endpoint,
                Attributes={"DeliveryPolicy": json.dumps(PATIENCE)},
            )

    def be_patient(self, topic_arn: str, subscription_arn: str) -> None:
        """Have SNS try 50 times within an hour."""
        self._set(topic_arn, subscription_arn, "DeliveryPolicy", PATIENCE)

    def unwrap_nothing(self, topic_arn: str, subscription_arn: str) -> None:
        """Switch raw delivery off: it would take the signature away."""
        self._set(topic_arn, subscription_arn, "RawMessageDelivery", value=False)

    def keep_dead_letters(self, topic_arn: str, subscription_arn: str) -> str:
        """Have what SNS gives up kept in a queue for 14 days; makes the queue where it is missing. Returns the queue's ARN."""
        with _asking():
            sqs = self._make_client("sqs", _region(topic_arn))
            url = sqs.create_queue(QueueName=_QUEUE_NAME)["QueueUrl"]
            arn = str(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"])
            settings = {"MessageRetentionPeriod": str(_KEPT_SECONDS), "Policy": _policy(arn, topic_arn)}
            sqs.set_queue_attributes(QueueUrl=url, Attributes=settings)
        self._set(topic_arn, subscription_arn, "RedrivePolicy", {"deadLetterTargetArn": arn})
        return arn

    def dead_letters(self, queue_arn: str) -> int:
        """How many lie in a dead-letter queue, about."""
        with _asking():
            sqs = self._make_client("sqs", _region(queue_arn))
            url = sqs.get_queue_url(QueueName=queue_arn.rpartition(":")[2])["QueueUrl"]
            answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
        return int(answer["Attributes"]["ApproximateNumberOfMessages"])

    def _set(self, topic_arn: str, subscription_arn: str, name: str, value: object) -> None:
        with _asking():
            self._sns(topic_arn).set_subscription_attributes(
                SubscriptionArn=subscription_arn, AttributeName=name, AttributeValue=json.dumps(value)
            )

    def _sns(self, topic_arn: str) -> SNSClient:
        client: SNSClient = self._make_client("sns", _region(topic_arn))
        return client


def aws_client(service: str, region: str) -> Any:
    """A client of SNS or SQS that asks once, like ours of SES."""
    config = Config(connect_timeout=5, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 1})
    make: Any = boto3.session.Session().client  # typed by service name, and SQS has no stubs here
    return make(service, region_name=region, config=config)


def _subscription(arn: str, attributes: dict[str, str]) -> Subscription:
    policy = json.loads(attributes.get("EffectiveDeliveryPolicy") or attributes.get("DeliveryPolicy") or "{}")
    healthy = policy.get("healthyRetryPolicy") or policy.get("http", {}).get("defaultHealthyRetryPolicy") or {}
    redrive = json.loads(attributes.get("RedrivePolicy") or "{}")
    return Subscription(
        None if attributes.get(_PENDING) == "true" else arn,
        is_raw=attributes.get("RawMessageDelivery") == "true",
        tries=int(healthy.get("numRetries") or 0),
        dead_letters_arn=redrive.get("deadLetterTargetArn"),
    )


def _policy(queue_arn: str, topic_arn: str) -> str:
    """Only SNS may put anything there, and only for this topic."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue_arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic_arn}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _region(arn: str) -> str:
    return (arn.split(":") + [""] * 4)[3]


@contextmanager
def _asking() -> Iterator[None]:
    try:
        yield
    except SES_ERRORS as error:
        raise CannotAsk(f"Amazon refused: {error}") from error
