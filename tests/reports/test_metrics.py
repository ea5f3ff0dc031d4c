from datetime import timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from app.extensions import db
from app.lib.clock import now
from app.messages.quota import ask_account
from app.models import CallbackReceipt, Heartbeat
from config import BadSetting, Config
from tests.browser import Browser
from tests.conftest import TEST_SETTINGS
from tests.factories import saved
from tests.fakes import FakeProviders
from tests.reports.mixtures import a_doubtful_row
from tests.web.conftest import build, house

__all__ = ["build", "house"]


def figures(page):
    return {
        (sample.name, *sample.labels.values()): sample.value for family in text_string_to_metric_families(page) for sample in family.samples
    }


def test_metrics_are_read_from_the_rows(app, scene):
    scene.given("delivered", "bounced", "pending")
    a_doubtful_row(scene.sendout)
    saved(Heartbeat(name="sending@host:1", kind="worker sending", seen_at=now()))
    saved(CallbackReceipt(kind="ses", receipt_key="k", url="", body=b"{}", received_at=now() - timedelta(seconds=90)))
    db.session.commit()
    ask_account(FakeProviders(rate=14.0).account_quota)

    answer = Browser(app).get("/metrics")
    measured = figures(answer.text)

    assert answer.content_type.startswith("text/plain")
    assert measured["sendout_messages", "email", "delivered"] == 1
    assert measured["sendout_accepted_total", "email"] == 2
    assert measured["sendout_in_doubt", "email", "false"] == 1
    assert measured["sendout_processes", "worker sending"] == 1
    assert measured["sendout_processes", "schedule"] == 0
    assert measured["sendout_receipts", "ses", "due"] == 1
    assert measured["sendout_receipts_lag_seconds", "ses"] >= 90
    assert measured["sendout_ses_max_per_second",] == 14
    assert measured["sendout_ses_healthy",] == 1
    assert (measured["sendout_ses_send_path", "bulk"], measured["sendout_ses_send_path", "single"]) == (1, 0)
    assert measured["sendout_ses_send_path_moves_total",] == 0
    assert measured["sendout_jobs_waiting", "urgent"] == 0


def test_metrics_name_nobody(app, scene):
    scene.given("delivered")

    page = Browser(app).get("/metrics").text

    assert scene.organisation.name not in page
    assert "@example" not in page


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("192.0.2.7", {}, 403),
        ("127.0.0.1", {"X-Forwarded-For": "192.0.2.7"}, 403),
        ("127.0.0.1", {"Forwarded": "for=192.0.2.7"}, 403),
    ],
)
def test_without_a_token_metrics_are_for_this_machine_alone(app, address, headers, status):
    answer = Browser(app).open("GET", "/metrics", environ_base={"REMOTE_ADDR": address}, headers=headers)

    assert answer.status_code == status


@pytest.mark.parametrize(("given", "status"), [("Bearer only-for-tests-1", 200), ("Bearer wrong", 403), ("", 403), ("Bearer é", 403)])
def test_with_a_token_metrics_are_for_whoever_has_it(build, given, status):
    guarded = build(METRICS_TOKEN="only-for-tests-1")

    answer = Browser(guarded).open("GET", "/metrics", environ_base={"REMOTE_ADDR": "192.0.2.7"}, headers={"Authorization": given})

    assert answer.status_code == status


@pytest.mark.parametrize("token", ["short", "é" * 20])
def test_a_weak_token_stops_the_start(token):
    servers = {"DATABASE_URL": "postgresql://h/d", "REDIS_URL": "redis://h/0"}

    with pytest.raises(BadSetting, match="METRICS_TOKEN"):
        Config.from_env(TEST_SETTINGS | servers | {"METRICS_TOKEN": token})
