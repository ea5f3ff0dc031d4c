"""The callbacks on their way out: when each leaves, in how many copies, and how often it is tried."""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import cached_property, partial
from http import HTTPStatus
from typing import Any
from zlib import crc32

import aiohttp
from yarl import URL

from simulator.faults import Faults
from simulator.origins import Origins, Road

log = logging.getLogger(__name__)

LANES = 16  # posted at once; one message's callbacks share a lane and so keep their order, unless disorder is asked for
ANSWER_SECONDS = 15.0  # both SNS and Twilio wait this long


@dataclass(frozen=True)
class Sealed:
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class RetryPolicy:
    """How long to wait before each further try, and which failures deserve one: `ct` no connection, `rt` no answer, `4xx`, `5xx`."""

    waits: tuple[float, ...]
    on: frozenset[str]


@dataclass(frozen=True)
class Letter:
    """One callback about the message `about`. `seal` signs it once, when it first leaves: copies and more tries are the same."""

    about: str
    url: str
    seal: Callable[[], Sealed]
    policy: RetryPolicy
    on_answer: Callable[[bytes], None] | None = None

    @cached_property
    def sealed(self) -> Sealed:
        return self.seal()


class Outbox:
    """Timers, a queue and a few posting tasks. Everything not yet done counts as pending, so that tests can wait for quiet."""

    def __init__(self, origins: Origins, retry_scale: float) -> None:
        self._origins = origins
        self._retry_scale = retry_scale
        self._lanes: list[asyncio.Queue[tuple[Letter, int]]] = [asyncio.Queue() for _ in range(LANES)]
        self._timers: set[asyncio.TimerHandle] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._signing = asyncio.Lock()
        self._in_flight = 0
        self._session: aiohttp.ClientSession | None = None
        self.counts: Counter[str] = Counter()
        self.visits: deque[str] = deque(maxlen=1000)

    async def open(self) -> None:
        timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
        self._session = aiohttp.ClientSession(timeout=timeout, auto_decompress=True, cookie_jar=aiohttp.DummyCookieJar())
        self._posting = [asyncio.create_task(self._post_forever(lane)) for lane in self._lanes]

    async def close(self) -> None:
        self.forget()
        for task in [*self._posting, *self._tasks]:
            task.cancel()
        await asyncio.gather(*self._posting, *self._tasks, return_exceptions=True)
        if self._session:
            await self._session.close()

    @property
    def pending(self) -> dict[str, int]:
        """What is still to come: timers not yet due, letters not yet answered, visits under way."""
        callbacks = sum(lane.qsize() for lane in self._lanes) + self._in_flight
        return {"scheduled": len(self._timers), "callbacks": callbacks, "visits": len(self._tasks)}

    def forget(self) -> None:
        """Drop everything that has not left yet."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        for lane in self._lanes:
            while not lane.empty():
                lane.get_nowait()

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        """Do something after a while; counts as pending until then."""

        def due() -> None:
            self._timers.discard(timer)
            action()

        timer = asyncio.get_running_loop().call_later(seconds, due)
        self._timers.add(timer)

    def post(self, letter: Letter, faults: Faults) -> None:
        """Send a callback the way that the faults of the hour let it go."""
        copies = faults.of_callback()
        self.counts["missing"] += not copies
        self.counts["duplicated"] += len(copies) > 1
        for wait in copies:
            if wait:
                self.later(wait, partial(self._queue_up, letter, 0))
            else:
                self._queue_up(letter, 0)

    def go(self, visit: Coroutine[Any, Any, None]) -> None:
        """Let a reader's visit run beside everything else."""
        task = asyncio.get_running_loop().create_task(visit)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def request(self, method: str, url: str, headers: dict[str, str], body: bytes | None = None) -> tuple[int, bytes]:
        """Status and body of one request without following redirects; 0 when it is not the application's URL or nobody answers."""
        road = self._origins.road_to(url)
        if road is None or self._session is None:
            return 0, b""
        outcome = await self._try(method, road, Sealed(headers, body or b""))
        return outcome if isinstance(outcome, tuple) else (0, b"")

    def _queue_up(self, letter: Letter, tries: int) -> None:
        self._lanes[crc32(letter.about.encode()) % LANES].put_nowait((letter, tries))

    async def _post_forever(self, lane: asyncio.Queue[tuple[Letter, int]]) -> None:
        while True:
            letter, tries = await lane.get()
            self._in_flight += 1
            try:
                await self._post(letter, tries)
            except Exception:  # one letter that cannot be written must not stop the post
                log.exception("callback could not be sent")
            finally:
                self._in_flight -= 1

    async def _post(self, letter: Letter, tries: int) -> None:
        road = self._origins.road_to(letter.url)
        outcome = "ct" if road is None else await self._try("POST", road, await self._sealed(letter))
        if isinstance(outcome, tuple) and outcome[0] < HTTPStatus.MULTIPLE_CHOICES:
            self.counts["delivered"] += 1
            if letter.on_answer:
                letter.on_answer(outcome[1])
            return

        failure = outcome if isinstance(outcome, str) else f"{outcome[0] // 100}xx"
        if failure in letter.policy.on and tries < len(letter.policy.waits):
            self.counts["tried_again"] += 1
            wait = letter.policy.waits[tries] * self._retry_scale
            self.later(wait, partial(self._queue_up, letter, tries + 1))
            return
        self.counts["refused" if failure in ("3xx", "4xx") else "given_up"] += 1

    async def _sealed(self, letter: Letter) -> Sealed:
        """One signature a turn of the loop (half a millisecond each), so that a flood of callbacks leaves API calls quick."""
        async with self._signing:
            sealed = letter.sealed
            await asyncio.sleep(0)
        return sealed

    async def _try(self, method: str, road: Road, sealed: Sealed) -> tuple[int, bytes] | str:
        """Status and body, or the kind of failure: `ct` when no connection was made, `rt` when no answer came."""
        if self._session is None:
            return "ct"
        headers = {**sealed.headers, **road.headers}
        exact = URL(road.url, encoded=True)  # signed as it stands: %2F must not become a slash on the way
        try:
            async with self._session.request(method, exact, data=sealed.body, headers=headers, allow_redirects=False) as answer:
                return answer.status, await answer.read()
        except aiohttp.ClientConnectorError:
            return "ct"
        except (aiohttp.ClientError, TimeoutError):
            return "rt"
