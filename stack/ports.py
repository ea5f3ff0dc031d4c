"""Ports on the loopback address."""

import socket

LOOPBACK = "127.0.0.1"
_TRIES = 100


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def next_free_port(wanted: int) -> int:
    """The wanted port, or the nearest free one above it."""
    candidates = range(wanted, min(wanted + _TRIES, 65536))
    return next((port for port in candidates if is_free(port)), 0) or free_port()


def is_free(port: int) -> bool:
    """Whether the port can be listened on; one that only lingers in TIME_WAIT counts as free."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
