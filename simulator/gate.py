"""The way through the faults that every API call of either provider takes."""

import asyncio
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from aiohttp import web

from simulator.faults import CallFault, Faults

_ABORT_AT_ONCE = struct.pack("ii", 1, 0)  # linger on, for no time: closing sends a reset


class Accept(Protocol):
    """A provider's own work on one call; `early` asks for callbacks that overtake the answer."""

    def __call__(self, fault: CallFault, *, early: bool) -> web.Response: ...


@dataclass(frozen=True)
class Refusals:
    """How one provider says that it is busy, and that it is broken."""

    throttled: Callable[[], web.Response]
    broken: Callable[[], web.Response]


async def pass_through(request: web.Request, faults: Faults, refusals: Refusals, accept: Accept) -> web.Response:
    """Answer a call, or fail it the way that was drawn. `accept` is called at most once."""
    await request.read()
    await _pause(faults.knobs.latency)
    fault = faults.of_call()
    if fault is CallFault.THROTTLE:
        return refusals.throttled()
    if fault is CallFault.ERROR_5XX:
        return refusals.broken()
    if fault is CallFault.RESET_BEFORE_ACCEPT:
        return _cut_off(request)

    early = faults.strikes(faults.knobs.early)
    answer = accept(fault, early=early)
    await _pause(_held_back(fault, faults, early=early))
    if fault is CallFault.ERROR_5XX_AFTER_ACCEPT:
        return refusals.broken()
    if fault is CallFault.RESET_AFTER_ACCEPT:
        return _cut_off(request)
    return answer


async def _pause(seconds: float) -> None:
    """Not even one turn of the loop when there is nothing to wait for: callbacks would take it."""
    if seconds > 0:
        await asyncio.sleep(seconds)


def _held_back(fault: CallFault, faults: Faults, *, early: bool) -> float:
    if fault is CallFault.HANG_AFTER_ACCEPT:
        return faults.knobs.hang_seconds
    return faults.knobs.early_seconds if early else 0.0


def _cut_off(request: web.Request) -> web.Response:
    """Reset the connection; the response that aiohttp insists on has nowhere to go."""
    if request.transport is not None:
        connection = request.transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT_AT_ONCE)
        request.transport.abort()
    return web.Response()
