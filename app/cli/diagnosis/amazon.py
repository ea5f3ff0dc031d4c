"""Amazon: may the account send, do its events reach us, and would they still after an outage of ours."""

from collections.abc import Iterator

from app.cli.diagnosis.findings import Finding, advice, bad, fine, skipped
from app.providers.base import CannotAsk
from app.providers.ses import AccountQuota
from app.providers.sns_setup import PATIENT_TRIES, Subscription
from app.web.installation import providers, settings
from config import is_loopback

SES, SNS = "Amazon SES", "Amazon SNS"
NEEDED = "Give the key of this service the rights that docs/operations.md lists, and see that the region is right."


def check_account() -> Iterator[Finding]:
    """Whether the account may send to anybody."""
    try:
        quota = providers().account_quota()
    except CannotAsk as problem:
        yield bad(SES, f"{problem}", NEEDED)
        return
    troubles = list(_account_troubles(quota))
    yield from troubles or [fine(SES, f"The account may send, {_rate(quota)} and {_volume(quota)}.")]


def check_events() -> Iterator[Finding]:
    """Whether what becomes of a mail is told to one of our topics."""
    config = settings()
    if _is_played():
        yield skipped(SES, f"{config.aws_endpoint_url_sesv2} stands in for Amazon: configuration set and SNS are not looked at.")
        return
    name = config.ses_configuration_set
    try:
        yield from _check_set(name)
        yield from _check_feed(name, config.sns_topic_arns)
    except CannotAsk as problem:
        yield bad(SES, f"{problem}", NEEDED)


def check_topics() -> Iterator[Finding]:
    """Whether each topic reaches our door, tries long enough, and keeps what it gives up."""
    config = settings()
    if _is_played():
        return
    door = f"{config.public_url}/callbacks/ses"
    for topic_arn in config.sns_topic_arns:
        try:
            yield from _check_topic(topic_arn, door)
        except CannotAsk as problem:
            yield bad(SNS, f"{topic_arn}: {problem}", NEEDED)


def _is_played() -> bool:
    endpoint = settings().aws_endpoint_url_sesv2
    return endpoint is not None and is_loopback(endpoint)


def _account_troubles(quota: AccountQuota) -> Iterator[Finding]:
    if not quota.is_sending_enabled:
        yield bad(SES, "Sending is switched off for the account.", "Switch it on in the SES console, under Account dashboard.")
    if not quota.is_production:
        words = "The account is in the sandbox: only verified addresses get anything."
        yield bad(SES, words, "Ask for production access in the SES console.")
    if quota.enforcement not in ("HEALTHY", ""):
        words = f"Amazon's verdict is {quota.enforcement}."
        yield bad(SES, words, "Read Amazon's mail to the account's owner, and answer it.")


def _rate(quota: AccountQuota) -> str:
    return "at any rate" if quota.max_per_second is None else f"{quota.max_per_second:g} a second"


def _volume(quota: AccountQuota) -> str:
    return "any number a day" if quota.max_24_hours is None else f"{quota.max_24_hours:,.0f} in 24 hours"


def _check_set(name: str) -> Iterator[Finding]:
    is_sending = providers().ses_setup.is_sending(name)
    if is_sending is None:
        words = f"There is no configuration set “{name}”: everything that is sent would be refused."
        yield bad(SES, words, "Create it, or correct SES_CONFIGURATION_SET.", lambda: providers().ses_setup.create_set(name))
    elif not is_sending:
        yield bad(SES, f"Sending is switched off for the configuration set “{name}”.", "Switch it on in the SES console.")
    else:
        yield fine(SES, f"The configuration set “{name}” is there.")


def _check_feed(name: str, topic_arns: tuple[str, ...]) -> Iterator[Finding]:
    if not topic_arns or providers().ses_setup.is_sending(name) is None:
        return
    feeds = [feed for feed in providers().ses_setup.feeds(name) if feed.topic_arn in topic_arns]
    whole = next((feed for feed in feeds if feed.is_enabled and not feed.missing), None)
    if whole is not None:
        yield fine(SES, f"All ten kinds of event go to {whole.topic_arn}.")
        return
    first = feeds[0] if feeds else None
    topic_arn = first.topic_arn if first else topic_arns[0]
    words = "No event destination leads to a topic of ours" if first is None else f"The event destination “{first.name}” is not whole"
    missing = f": {', '.join(first.missing)} are missing" if first and first.missing else ""
    todo = f"Publish all ten event types of “{name}” to {topic_arn}."
    yield bad(SES, f"{words}{missing}.", todo, lambda: providers().ses_setup.feed_everything(name, topic_arn, first))


def _check_topic(topic_arn: str, door: str) -> Iterator[Finding]:
    subscription = providers().sns_setup.subscription(topic_arn, door)
    if subscription is None or subscription.arn is None:
        how = "is not subscribed" if subscription is None else "has not confirmed its subscription"
        todo = f"Subscribe {door} by https while the web processes run: they confirm by themselves."
        yield bad(SNS, f"{door} {how} to {topic_arn}.", todo, lambda: providers().sns_setup.subscribe(topic_arn, door))
        return
    yield fine(SNS, f"{door} is subscribed to {topic_arn}.")
    yield from _check_patience(topic_arn, subscription, subscription.arn)
    yield from _check_dead_letters(topic_arn, subscription, subscription.arn)


def _check_patience(topic_arn: str, subscription: Subscription, arn: str) -> Iterator[Finding]:
    sns = providers().sns_setup
    if subscription.is_raw:
        words = "The subscription has raw delivery on, which takes the signature away: everything it brings is refused."
        yield bad(SNS, words, "Switch raw delivery off.", lambda: sns.unwrap_nothing(topic_arn, arn))
    if subscription.is_patient:
        yield fine(SNS, f"What we cannot take is tried {subscription.tries} times.")
        return
    words = f"What we cannot take is tried {subscription.tries} times only: a restart of some minutes loses events."
    yield bad(SNS, words, f"Set a delivery policy of {PATIENT_TRIES} retries over an hour.", lambda: sns.be_patient(topic_arn, arn))


def _check_dead_letters(topic_arn: str, subscription: Subscription, arn: str) -> Iterator[Finding]:
    sns = providers().sns_setup
    if subscription.dead_letters_arn is None:
        words = "What SNS gives up is thrown away."
        todo = "Attach a dead-letter queue to the subscription."
        yield bad(SNS, words, todo, lambda: sns.keep_dead_letters(topic_arn, arn))
        return
    count = sns.dead_letters(subscription.dead_letters_arn)
    if count:
        words = f"{count:,} events that we never took lie in {subscription.dead_letters_arn}."
        yield advice(SNS, words, "Read docs/operations.md, “Events that were given up”.")
    else:
        yield fine(SNS, "What SNS gives up is kept in a queue, which is empty.")
