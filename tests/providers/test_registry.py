"""One set of settings becomes one set of adapters, each made once and only when it is needed."""

from datetime import UTC, datetime

import pytest

from app.providers.base import Accepted, BadSignature, Callback, OutgoingText
from app.providers.registry import Providers, ProviderSettings, build_providers
from app.providers.ses import SesMail, SesSingleMail
from tests.providers.payloads import sample, sample_bytes
from tests.providers.scripted_server import ScriptedServer, json_answer


@pytest.fixture
def providers(server: ScriptedServer) -> Providers:
    settings = ProviderSettings(
        aws_region="eu-west-1",
        aws_endpoint_url_sesv2=server.url,
        sns_topic_arns=("arn:aws:sns:eu-west-1:111122223333:bulk-ses-events",),
        twilio_account_sid="AC0a1b2c3d4e5f60718293a4b5c6d7e8f9",
        twilio_auth_tokens=("0f1e2d3c4b5a69788796a5b4c3d2e1f0", "the old one"),
        twilio_api_url=server.url,
    )
    return build_providers(settings)


@pytest.mark.parametrize(("path", "kind"), [("auto", SesMail), ("bulk", SesMail), ("single", SesSingleMail)])
def test_the_settings_choose_how_mail_is_handed_over(path, kind):
    providers = build_providers(ProviderSettings(aws_region="eu-west-1", ses_send_path=path))

    assert isinstance(providers.mail, kind)
    assert providers.mail is providers.mail


def test_an_unknown_path_is_no_path():
    providers = build_providers(ProviderSettings(aws_region="eu-west-1", ses_send_path="pigeon"))

    with pytest.raises(ValueError, match="pigeon"):
        _ = providers.mail


def test_questions_about_the_account_go_to_ses(providers, server):
    server.answers = [json_answer(sample("sesv2/get_account-production.json")), json_answer({})]

    quota = providers.account_quota()
    providers.lift_suppression("back@example.net")

    assert quota.max_per_second == 14.0
    assert [request.method for request in server.requests] == ["GET", "DELETE"]


def test_texts_go_out_under_the_first_token_and_can_be_asked_for(providers, server):
    made = sample("twilio/api/201-queued-from-number.json")
    server.answers = [json_answer(made, 201), json_answer({"messages": [made]})]

    outcome = providers.texts.hand_over(OutgoingText(1, 1, "+15005550101", "+15005550006", "Hello", "https://app.example.com/callbacks"))
    found = providers.texts_to("+15005550101", datetime(2026, 3, 4, tzinfo=UTC))

    assert isinstance(outcome, Accepted)
    assert [text.ref for text in found] == [outcome.ref]


def test_callbacks_are_read_by_the_topics_and_tokens_of_the_settings(providers):
    case = sample("twilio/signatures.json")[0]
    report = Callback(
        case["url"],
        {"content-type": case["content_type"], "x-twilio-signature": case["x_twilio_signature"]},
        sample_bytes(case["body"]),
    )

    providers.twilio_callbacks.verify(report)
    with pytest.raises(BadSignature):
        providers.ses_callbacks.verify(report)


def test_the_settings_keep_their_secrets_out_of_sight():
    settings = ProviderSettings(aws_region="eu-west-1", twilio_auth_tokens=("hush",), twilio_shared_key="hush")

    assert "hush" not in repr(settings)
