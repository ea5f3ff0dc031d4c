"""What another transaction does while it has to wait for this one."""

import threading
from collections.abc import Callable

from flask import Flask

from app.extensions import db

WAITS_SECONDS = 1.0
GOES_ON_SECONDS = 20.0


def waits_for_us(app: Flask, work: Callable[[], object]) -> None:
    """Begin `work` in a session of its own while this one holds what it waits for, then commit both, this one first."""

    def in_its_own() -> None:
        with app.app_context():
            work()
            db.session.commit()
            db.session.remove()

    thread = threading.Thread(target=in_its_own)
    thread.start()
    thread.join(WAITS_SECONDS)
    assert thread.is_alive(), "it did not wait"
    db.session.commit()
    thread.join(GOES_ON_SECONDS)
