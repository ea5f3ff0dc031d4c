"""One simulator for all tests of this folder, made fresh before each of them."""

from collections.abc import Iterator

import pytest

from tests.simulator.world import Receiver, Simulator, receiving, simulating, wait_until


@pytest.fixture(scope="session")
def the_receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture(scope="session")
def the_simulator(the_receiver: Receiver, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with simulating(the_receiver, tmp_path_factory.mktemp("simulator")) as running:
        wait_until(lambda: running.ask("GET", "idle")["confirmed"])
        yield running


@pytest.fixture
def receiver(the_receiver: Receiver) -> Receiver:
    the_receiver.arrivals.clear()
    the_receiver.statuses.clear()
    the_receiver.twiml = b""
    return the_receiver


@pytest.fixture
def simulator(the_simulator: Simulator, receiver: Receiver) -> Simulator:
    the_simulator.ask("POST", "reset")
    receiver.arrivals.clear()
    return the_simulator
