"""Which of the world's URLs the simulator may touch: those of the application under test, and no other."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit, urlunsplit


@dataclass(frozen=True)
class Road:
    """Where to connect for a URL, and the headers that a proxy in front of the application would add."""

    url: str
    headers: dict[str, str] = field(default_factory=dict)


class Origins:
    """Leads public URLs to where the application really listens; knows no way to anywhere else."""

    def __init__(self, callback_url: str, public_url: str) -> None:
        self._callback = urlsplit(callback_url)
        self._public = urlsplit(public_url)

    def road_to(self, url: str) -> Road | None:
        """None when the URL is not the application's. The fragment is never sent."""
        parts = urlsplit(url)
        bare = parts._replace(fragment="")
        if (parts.scheme, parts.netloc) == (self._callback.scheme, self._callback.netloc):
            return Road(urlunsplit(bare))
        if parts.netloc and (parts.scheme, parts.netloc) == (self._public.scheme, self._public.netloc):
            inner = bare._replace(scheme=self._callback.scheme, netloc=self._callback.netloc)
            return Road(urlunsplit(inner), {"Host": parts.netloc, "X-Forwarded-Proto": parts.scheme})
        return None
