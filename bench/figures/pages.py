"""The pages that people look at while it runs: at a million messages and at ten thousand, in turns."""

import re
import time
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar

from sqlalchemy import text

from app.cli.sample import EMAIL, sample_password
from app.domain.channels import Channel
from app.extensions import db
from bench.ground import NotMeasured
from bench.plan import Bench, Result, middle
from bench.workers import finish, wait_until_resolved, workers
from bench.world import compose, list_of, scalar, start, vacuum

PAGES = {
    "details": "/sendouts/{id}",
    "recipients": "/sendouts/{id}/recipients?channel=email",
    "one status": "/sendouts/{id}/recipients?channel=email&status=delivered",
}
WARM_UP = 5
AT_ONCE = 50_000  # rows moved in one statement

_MOVE = text("""
    UPDATE messages SET accepted_at = now(), provider_ref = 'page-' || id,
           status = CASE WHEN id % 10 < 7 THEN 'delivered' ELSE 'sent' END, delivered_at = CASE WHEN id % 10 < 7 THEN now() END
    WHERE id IN (SELECT id FROM messages WHERE sendout_id = :id AND status IN ('pending', 'sent')
                   AND provider_ref IS DISTINCT FROM 'page-' || id ORDER BY id LIMIT :limit)""")


def pages(bench: Bench) -> Result:
    """p95 of each page, and how it grows."""
    few, many = (_delivered(bench, count) for count in (bench.size.few, bench.size.many))
    vacuum()
    times: dict[str, dict[str, list[float]]] = {name: {"few": [], "many": []} for name in PAGES}
    with bench.ground.web() as url:
        browser = _Browser(url)
        for number in range(bench.size.pages + WARM_UP):
            for name, path in PAGES.items():
                for which, sendout_id in (("few", few), ("many", many)):
                    taken = browser.milliseconds(path.format(id=sendout_id))
                    if number >= WARM_UP:
                        times[name][which].append(taken)
    p95 = {name: {which: _p95(found) for which, found in by_size.items()} for name, by_size in times.items()}
    medians = {name: {which: middle(found, 1) for which, found in by_size.items()} for name, by_size in times.items()}
    return {
        "p95_ms": max(found["many"] for found in p95.values()),
        "growth_ratio": round(max(found["many"] / found["few"] for found in medians.values()), 3),
        "p95_by_page_ms": p95,
        "median_by_page_ms": medians,
    }


class _Browser:
    """One signed-in person."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._open = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar())).open
        page = self._read("/sign-in")
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        form = {"email": EMAIL, "password": sample_password(), "csrf_token": token[1] if token else ""}
        self._open(f"{url}/sign-in", urllib.parse.urlencode(form).encode()).read()
        if EMAIL not in self._read("/settings/account"):
            raise NotMeasured("signing in does not work")

    def milliseconds(self, path: str) -> float:
        """How long a page takes, to its last byte."""
        started = time.perf_counter()
        if "</html>" not in self._read(path):
            raise NotMeasured(f"{path} is no page")
        return 1000 * (time.perf_counter() - started)

    def _read(self, path: str) -> str:
        with self._open(self._url + path) as answer:
            return str(answer.read().decode())


def _delivered(bench: Bench, count: int) -> int:
    """A send-out of so many people, most of them delivered; one that is in the ledger already serves."""
    found = scalar("SELECT max(id) FROM sendouts WHERE audience_count = :count AND frozen_at IS NOT NULL", count=count)
    sendout_id = int(found) if found else _resolved(bench, count)
    finish(sendout_id)
    while db.session.execute(_MOVE, {"id": sendout_id, "limit": AT_ONCE}).rowcount:  # type: ignore[attr-defined]
        db.session.commit()
    db.session.execute(text("UPDATE batches SET state = 'done' WHERE sendout_id = :id AND state = 'ready'"), {"id": sendout_id})
    db.session.commit()
    return sendout_id


def _resolved(bench: Bench, count: int) -> int:
    sendout_id = compose(bench.club, list_of(bench.club, count, only_plain=False), Channel.EMAIL)
    with workers(bench.ground, "default"):
        start(bench.club, sendout_id)
        wait_until_resolved(sendout_id)
    return sendout_id


def _p95(found: list[float]) -> float:
    return round(sorted(found)[int(len(found) * 0.95)], 1)
