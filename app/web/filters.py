"""How numbers, shares, times and statuses are written; times in the organisation's zone."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask import Flask
from markupsafe import Markup

from app.domain.rule_words import rule_words
from app.domain.shown import ShownStatus, group_of
from app.domain.status_words import MEANING, WORDS
from app.lib import clock
from app.web.membership import standing

NBSP = "\N{NO-BREAK SPACE}"
EN_DASH = "\N{EN DASH}"
_MINUTE, _HOUR, _DAY, _WEEK = 60, 3600, 86400, 7 * 86400

STATUS_ICONS = {
    ShownStatus.RESPONDED: "list-check",
    ShownStatus.ACKNOWLEDGED: "checks",
    ShownStatus.WROTE_BACK: "message-reply",
    ShownStatus.CLICKED: "pointer",
    ShownStatus.OPENED: "eye",
    ShownStatus.DELIVERED: "check",
    ShownStatus.SENT: "send",
    ShownStatus.DELAYED: "hourglass",
    ShownStatus.SENDING: "loader-2",
    ShownStatus.PENDING: "clock",
    ShownStatus.IN_DOUBT: "help-circle",
    ShownStatus.STOPPED: "hand-stop",
    ShownStatus.UNSUBSCRIBED: "user-off",
    ShownStatus.SOFT_BOUNCED: "history",
    ShownStatus.NOT_SENT: "ban",
    ShownStatus.FAILED: "circle-x",
    ShownStatus.BAD_EMAIL: "mail-x",
    ShownStatus.BAD_NUMBER: "phone-off",
    ShownStatus.BOUNCED: "arrow-back-up",
    ShownStatus.COMPLAINT: "alert-triangle",
    ShownStatus.SKIPPED: "player-skip-forward",
    ShownStatus.CANCELLED: "x",
}


def init_app(app: Flask) -> None:
    """Give the filters to every template."""
    app.jinja_env.filters.update(
        grouped=grouped,
        share=share,
        ago=ago,
        exact=exact,
        by_clock=by_clock,
        written=written,
        plural=plural,
        rule_words=rule_words,
        status_word=WORDS.__getitem__,
        status_meaning=MEANING.__getitem__,
        status_group=lambda shown: group_of(ShownStatus(shown)),
        status_icon=STATUS_ICONS.__getitem__,
    )


def grouped(number: int) -> str:
    """4812 as "4,812"."""
    return f"{number:,}"


def plural(number: int, one: str, many: str) -> str:
    """The number with its word: "1 person", "4,812 people"."""
    return f"{number:,} {one if number == 1 else many}"


def share(part: int, whole: int) -> str:
    """A part in per cent of its whole, with one decimal under 10: "61 %", "4.2 %"; a dash where there is no whole."""
    if not whole:
        return EN_DASH
    percent = 100 * part / whole
    if 0 < percent < 0.05:  # noqa: PLR2004  what would be rounded to nothing
        return f"<0.1{NBSP}%"
    # Rounding up must not claim that everybody did.
    shown = f"{percent:.1f}" if 0 < percent < 9.95 else f"{min(percent, 99.0) if part < whole else percent:.0f}"  # noqa: PLR2004
    return f"{shown}{NBSP}%"


def zone() -> ZoneInfo:
    """The current organisation's time zone; UTC on pages without one."""
    found = standing()
    return ZoneInfo(found.time_zone if found else "UTC")


def exact(moment: datetime) -> str:
    """A time to the minute in the organisation's zone: "Sat 21 Nov 2026, 19:30"."""
    return written(moment.astimezone(zone()))


def written(local: datetime) -> str:
    """A day and hour as a clock on a wall shows it: "Sat 21 Nov 2026, 19:30"."""
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M}"


def by_clock(moment: datetime) -> str:
    """The hour alone where it is today's in the organisation's zone, else the whole: "19:30"."""
    local = moment.astimezone(zone())
    return f"{local:%H:%M}" if local.date() == clock.now().astimezone(zone()).date() else exact(moment)


def ago(moment: datetime | None) -> Markup | str:
    """How long ago or how soon, with the exact time on hover; a dash for never."""
    if moment is None:
        return EN_DASH
    return Markup(f'<time datetime="{moment.isoformat()}" title="{exact(moment)}">{_relative(moment)}</time>')  # noqa: S704  dates and words of ours


def _relative(moment: datetime) -> str:
    seconds = (clock.now() - moment).total_seconds()
    if abs(seconds) < _MINUTE:
        return "just now" if seconds >= 0 else "in a moment"
    if abs(seconds) >= _WEEK:
        return _date(moment)
    amount = _amount(abs(seconds))
    return f"{amount} ago" if seconds > 0 else f"in {amount}"


def _amount(seconds: float) -> str:
    if seconds < _HOUR:
        return plural(int(seconds // _MINUTE), "minute", "minutes")
    if seconds < _DAY:
        return plural(int(seconds // _HOUR), "hour", "hours")
    return plural(int(seconds // _DAY), "day", "days")


def _date(moment: datetime) -> str:
    """The day alone; with its year unless it is within half a year."""
    local = moment.astimezone(zone())
    near = abs(clock.now() - moment) < timedelta(days=180)
    return f"{local.day} {local:%b}" if near else f"{local.day} {local:%b %Y}"
