"""`flask doctor`: whether everything that this installation needs is there, and what to do where it is not."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import click
from flask.cli import with_appcontext

from app.cli.diagnosis import amazon, ground, twilio
from app.cli.diagnosis.findings import Finding, State
from app.providers.base import CannotAsk

CHECKS: tuple[Callable[[], Iterator[Finding]], ...] = (
    ground.check_settings,
    ground.check_servers,
    amazon.check_account,
    amazon.check_events,
    amazon.check_topics,
    twilio.check_account,
    twilio.check_senders,
)
_MARKS = {
    State.FINE: ("fine", "green"),
    State.ADVICE: ("advice", "yellow"),
    State.BAD: ("TO DO", "red"),
    State.SKIPPED: ("skipped", "blue"),
}
_ABOUT_WIDTH = 11


@click.command("doctor")
@click.option("--fix", is_flag=True, help="Put right what can be put right from here.")
@with_appcontext
def doctor(*, fix: bool) -> None:
    """Look at settings, servers, Amazon and Twilio; exits 1 when something has to be done."""
    found = []
    for check in CHECKS:
        for finding in check():
            settled = _cured(finding) if fix and finding.cure else finding
            _tell(settled)
            found.append(settled)
    left = [finding for finding in found if finding.state is State.BAD]
    if any(finding.cure for finding in left) and not fix:
        click.echo("flask doctor --fix puts some of this right.")
    if left:
        raise SystemExit(1)


def _cured(finding: Finding) -> Finding:
    try:
        if finding.cure:
            finding.cure()
    except CannotAsk as problem:
        return replace(finding, words=f"{finding.words} It could not be put right: {problem}")
    return Finding(finding.about, State.FINE, f"{finding.words} Put right now: {finding.todo}")


def _tell(finding: Finding) -> None:
    word, colour = _MARKS[finding.state]
    click.echo(f"{click.style(f'{word:8}', fg=colour)}{finding.about:{_ABOUT_WIDTH}} {finding.words}")
    if finding.todo and finding.state in (State.BAD, State.ADVICE):
        click.echo(f"{'':8}{'':{_ABOUT_WIDTH}} → {finding.todo}")
