"""What can go wrong, by meaning; `app/web/errors.py` owns the HTTP numbers.

AppError
├── NotFound      there is no such thing for this organisation
├── Conflict      the thing is no longer in a state that allows this
├── NotAllowed    this user may not do this
├── Invalid       the input cannot be used; `field` names it where one is to blame
└── Unavailable   somebody whom we need for it cannot be reached now
"""


class AppError(Exception):
    """A failure that its reader can act on: the message is a sentence for an organiser."""


class NotFound(AppError):
    """There is no such thing, or it belongs to somebody else."""


class Conflict(AppError):
    """The thing is no longer in a state that allows this."""


class NotAllowed(AppError):
    """This user may not do this."""


class Invalid(AppError):
    """The input cannot be used; `field` names the one to blame, if one is."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class Unavailable(AppError):
    """Somebody whom we need for it cannot be reached now; later it may be different."""
