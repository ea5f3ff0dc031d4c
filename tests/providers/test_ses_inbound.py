import base64

import pytest

from app.providers.base import Unreadable
from app.providers.ses_inbound import read_ses_mail
from tests.providers.payloads import names, sample

PLAIN = "ses/received/answer-plain.json"


@pytest.mark.parametrize("name", names("ses/received/*.json"))
def test_every_sample_is_read(name):
    mail = read_ses_mail(sample(name))

    assert mail.provider_ref == "q7o2l4n8s1e5h3v9c6b0t8r2m4k6j1d3f5g7p9a1"
    assert mail.recipients == ("t-1-aaaaaaaaaaaaaaaa@answers.example.com",)
    assert mail.writers == ("bob@club.example",)
    assert mail.is_automatic == ("out-of-office" in name)
    assert (mail.doubt is not None) == ("dmarc-fail" in name)
    assert mail.is_whole == ("pointer" not in name)


@pytest.mark.parametrize("encoding", ["BASE64", "Base64"])
def test_content_in_base64_is_the_same_mail(encoding):
    notification = sample(PLAIN)
    expected = read_ses_mail(notification)

    notification["content"] = base64.b64encode(notification["content"].encode()).decode()
    notification["receipt"]["action"]["encoding"] = encoding

    assert read_ses_mail(notification) == expected
    assert "Für Maria: é." in expected.body


def test_a_mail_of_html_alone_is_read_as_text():
    assert read_ses_mail(sample("ses/received/answer-html.json")).body.startswith("Medium & blue\n")


def test_two_writers_are_both_seen():
    notification = sample(PLAIN)
    notification["content"] = f"From: eve@evil.example\r\n{notification['content']}"

    mail = read_ses_mail(notification)

    assert mail.writers == ("eve@evil.example", "bob@club.example")
    assert mail.doubt is not None


def test_a_charset_that_nobody_knows_leaves_the_letters_that_all_have():
    notification = sample(PLAIN)
    notification["content"] = notification["content"].replace('charset="UTF-8"', 'charset="klingon"')

    assert read_ses_mail(notification).body.startswith("Medium, please.")


@pytest.mark.parametrize("missing", ["mail", "receipt"])
def test_what_is_no_received_mail_is_unreadable(missing):
    notification = sample(PLAIN)
    del notification[missing]

    with pytest.raises(Unreadable):
        read_ses_mail(notification)


def test_content_that_is_no_base64_is_unreadable():
    notification = sample(PLAIN)
    notification["content"], notification["receipt"]["action"]["encoding"] = "?", "BASE64"

    with pytest.raises(Unreadable):
        read_ses_mail(notification)
