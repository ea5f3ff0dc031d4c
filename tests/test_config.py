import os
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from config import BadSetting, Config, is_loopback

PROJECT = Path(__file__).resolve().parents[1]
NEEDED = {
    "DATABASE_URL": "postgresql://sendout:secret@127.0.0.1:5432/sendout",
    "REDIS_URL": "redis://127.0.0.1:6379/0",
    "SECRET_KEY": "k" * 32,
}


def read(**values):
    return Config.from_env(NEEDED | values)


def test_with_the_three_that_are_needed_everything_else_has_a_default():
    config = read()

    assert config.database_url == "postgresql+psycopg://sendout:secret@127.0.0.1:5432/sendout"
    assert (config.public_url, config.aws_region, config.ses_configuration_set) == ("http://127.0.0.1:8000", "eu-west-1", "sendout")
    assert (config.ses_send_path, config.tracking_source, config.settle_policy, config.settle_seconds) == ("auto", "own", "resend", 900)
    assert config.trusted_proxies == 0
    assert (config.aws_endpoint_url_sesv2, config.twilio_api_url) == (None, None)
    assert (config.sns_topic_arns, config.sns_extra_cert_origins, config.twilio_auth_tokens) == ((), (), ())


def test_values_are_trimmed_and_lists_split():
    config = read(
        PUBLIC_URL=" https://mail.example.org/ ",
        SECRET_KEY=f" {'a' * 32} , {'b' * 40},",
        TWILIO_AUTH_TOKEN="new, old",
        SNS_TOPIC_ARNS="arn:aws:sns:eu-west-1:111122223333:one,arn:aws:sns:eu-west-1:111122223333:two",
        AWS_ENDPOINT_URL_SESV2="http://127.0.0.1:9100/",
    )

    assert config.public_url == "https://mail.example.org"
    assert config.secret_keys == ("a" * 32, "b" * 40)
    assert config.twilio_auth_tokens == ("new", "old")
    assert len(config.sns_topic_arns) == 2
    assert config.aws_endpoint_url_sesv2 == "http://127.0.0.1:9100"


def test_secrets_are_not_in_the_repr():
    config = read(TWILIO_AUTH_TOKEN="quiet-token")

    assert "quiet-token" not in repr(config)
    assert "secret@" not in repr(config)
    assert "k" * 32 not in repr(config)


@pytest.mark.parametrize(
    "url", ["postgres://u:p@h/d", "postgresql://h/d", "postgresql+psycopg:///d?host=/run/socket", "postgresql://h:5432/d"]
)
def test_every_way_to_write_postgresql_is_taken(url):
    assert read(DATABASE_URL=url).database_url.startswith("postgresql+psycopg://")


@pytest.mark.parametrize("url", ["redis://:p@h:6379/0", "rediss://h/1", "unix:///run/redis.sock?db=2"])
def test_every_way_to_write_redis_is_taken(url):
    assert read(REDIS_URL=url).redis_url == url


BAD = [
    ("DATABASE_URL", ""),
    ("DATABASE_URL", "mysql://u:p@h/d"),
    ("DATABASE_URL", "nonsense"),
    ("DATABASE_URL", "postgresql://h:port/d"),
    ("REDIS_URL", ""),
    ("REDIS_URL", "127.0.0.1:6379"),
    ("REDIS_URL", "http://127.0.0.1:6379"),
    ("REDIS_URL", "redis://h:port/0"),
    ("REDIS_URL", "redis://[::1"),
    ("REDIS_URL", "redis://h:6379/first"),
    ("INBOUND_DOMAIN", "answers@example.org"),
    ("INBOUND_DOMAIN", "localhost"),
    ("INBOUND_DOMAIN", "-bad.example.org"),
    ("SECRET_KEY", ""),
    ("SECRET_KEY", "short"),
    ("SECRET_KEY", f"{'k' * 32},short"),
    ("PUBLIC_URL", "mail.example.org"),
    ("PUBLIC_URL", "ftp://mail.example.org"),
    ("PUBLIC_URL", "https://"),
    ("PUBLIC_URL", "https://mail.example.org:port"),
    ("PUBLIC_URL", "https://mail.example.org/?a=1"),
    ("PUBLIC_URL", "https://mail.example.org/#top"),
    ("TRUSTED_PROXIES", "-1"),
    ("TRUSTED_PROXIES", "11"),
    ("TRUSTED_PROXIES", "yes"),
    ("AWS_REGION", "Ireland, please"),
    ("AWS_ENDPOINT_URL_SESV2", "127.0.0.1:9100"),
    ("TWILIO_API_URL", "127.0.0.1:9100"),
    ("SES_SEND_PATH", "fast"),
    ("TRACKING_SOURCE", "both"),
    ("SETTLE_POLICY", "guess"),
    ("SETTLE_SECONDS", "0"),
    ("SETTLE_SECONDS", "-5"),
    ("SETTLE_SECONDS", "1.5"),
    ("SETTLE_SECONDS", "soon"),
    ("SETTLE_SECONDS", "\uff19"),
    ("SETTLE_SECONDS", "99999999999"),
    ("SNS_TOPIC_ARNS", "bulk-ses-events"),
    ("SNS_EXTRA_CERT_ORIGINS", "https://sns.example.org"),
    ("SNS_EXTRA_CERT_ORIGINS", "127.0.0.1:9100"),
    ("SNS_EXTRA_CERT_ORIGINS", "http://127.0.0.1:9100/certificates"),
    ("SNS_EXTRA_CERT_ORIGINS", "http://127.0.0.1@evil.example:9100"),
    ("SNS_EXTRA_CERT_ORIGINS", "http://evil@127.0.0.1:9100"),
    ("SNS_EXTRA_CERT_ORIGINS", "http://127.0.0.1:9100,https://evil.example"),
]


@pytest.mark.parametrize(("name", "value"), BAD)
def test_a_bad_value_is_named_in_one_line(name, value):
    with pytest.raises(BadSetting) as problem:
        read(**{name: value})

    assert str(problem.value).startswith(name)
    assert "\n" not in str(problem.value)


def test_an_inbound_domain_is_kept_in_lower_case_and_may_be_left_out():
    assert (read(INBOUND_DOMAIN="Answers.Example.org").inbound_domain, read().inbound_domain) == ("answers.example.org", "")


def test_extra_certificate_origins_are_taken_on_this_machine_alone():
    origins = "http://127.0.0.1:9100,http://localhost:9200,http://[::1]:9300"

    assert read(SNS_EXTRA_CERT_ORIGINS=origins).sns_extra_cert_origins == tuple(origins.split(","))
    assert read(SNS_EXTRA_CERT_ORIGINS=origins, PUBLIC_URL="http://localhost:8000").sns_extra_cert_origins
    with pytest.raises(BadSetting, match=r"^SNS_EXTRA_CERT_ORIGINS .* must be empty"):
        read(SNS_EXTRA_CERT_ORIGINS=origins, PUBLIC_URL="https://mail.example.org")


@pytest.mark.parametrize(
    ("url", "expected"),
    [("http://127.0.0.1:1", True), ("http://127.9.9.9", True), ("http://[::1]", True), ("http://localhost", True),
     ("http://10.0.0.1", False), ("http://localhost.example.org", False), ("nonsense", False)],
)  # fmt: skip
def test_loopback_is_this_machine(url, expected):
    assert is_loopback(url) is expected


@pytest.mark.parametrize(
    "program",
    [["-m", "workers", "sending"], ["-m", "workers.schedule"], ["-c", "import wsgi"]],
    ids=["workers", "schedule", "web"],
)
def test_a_program_that_cannot_start_says_so_in_one_line_and_exits_with_2(program):
    environ = {"PATH": os.environ["PATH"]} | NEEDED | {"SETTLE_SECONDS": "soon"}

    done = subprocess.run([sys.executable, *program], cwd=PROJECT, env=environ, capture_output=True, text=True, check=False, timeout=60)

    assert done.returncode == 2
    assert done.stderr == "sendout: SETTLE_SECONDS is 'soon': it must be a whole number from 1 to 2592000\n"


def test_workers_name_the_queues_that_there_are():
    environ = {"PATH": os.environ["PATH"]} | NEEDED

    for argument in ("nonsense", "sending=many"):
        done = subprocess.run(
            [sys.executable, "-m", "workers", argument], cwd=PROJECT, env=environ, capture_output=True, text=True, check=False, timeout=60
        )
        assert done.returncode == 1
        assert done.stderr.startswith(f"workers: '{argument}' is no queue: name some of urgent, sending")


def test_every_setting_is_explained_in_the_example():
    example = (PROJECT / ".env.example").read_text()
    named = {line.partition("=")[0] for line in example.splitlines() if "=" in line and not line.startswith("#")}

    assert {field.name.upper().rstrip("S") for field in fields(Config)} - {name.rstrip("S") for name in named} == set()
