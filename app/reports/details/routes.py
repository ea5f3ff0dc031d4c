"""A send-out's page, its part that refreshes by itself, and the figures of its doughnuts."""

from secrets import token_urlsafe

from flask import Response, abort, render_template, request
from flask.typing import ResponseReturnValue

from app.domain.channels import Channel
from app.domain.roles import Role
from app.domain.sendout_state import ShownState
from app.messages.counts import counts_of
from app.models import Sendout
from app.reports.answers.queries import answers_of
from app.reports.blueprint import bp
from app.reports.charts import doughnut
from app.reports.details.findings import causes, clicked_links
from app.reports.details.mailboxes import failed_by_provider
from app.reports.details.midway import midway_of
from app.reports.details.people import unreached_people
from app.reports.details.queries import Details, details_of, names_of, new_entries_of, sendout_of, tabs_of, timeline_of
from app.reports.listing.queries import audiences_of
from app.reports.recipients.drafts import listed_page
from app.reports.recipients.queries import Asked, Recipient
from app.web.guards import current_organisation_id, signed_in
from app.web.pagination import Page, asked_cursor

FEW_ROWS = 20
CALL_LIST_ROWS = 500


@bp.get("/sendouts/<int:sendout_id>")
@signed_in(Role.VIEWER)
def details(sendout_id: int) -> ResponseReturnValue:
    """What became of everybody."""
    shown = details_of(_mine(sendout_id), asked_channel())
    return _page("reports/details.html", shown, listed=_first_people(shown))


@bp.get("/sendouts/<int:sendout_id>/live")
@signed_in(Role.VIEWER)
def live(sendout_id: int) -> ResponseReturnValue:
    """The part of the page that moves while a send-out goes out; with it what the page has not, or has no more."""
    shown = details_of(_mine(sendout_id), asked_channel())
    is_first = bool(shown.progress.everything) and "people" not in request.args
    is_swapped = request.args.get("head") != shown.head_version
    return _page("reports/_live.html", shown, is_first=is_first, is_swapped=is_swapped, listed=_first_people(shown) if is_first else None)


@bp.get("/sendouts/<int:sendout_id>/doughnut/<channel>.json")
@signed_in(Role.VIEWER)
def delivery_doughnut(sendout_id: int, channel: str) -> ResponseReturnValue:
    """One channel's doughnut, for doughnut.js to draw."""
    sendout = _mine(sendout_id)
    tabs = tabs_of(sendout, counts_of([sendout.id])[sendout.id])
    tab = next((tab for tab in tabs if tab.channel == channel), None)
    if tab is None:
        abort(404)
    return Response(doughnut(tab.slices), mimetype="application/json", headers={"Cache-Control": "no-store"})


@bp.get("/sendouts/<int:sendout_id>/findings/<channel>")
@signed_in(Role.VIEWER)
def findings(sendout_id: int, channel: str) -> ResponseReturnValue:
    """Clicks by link, and why messages did not arrive: a look at many rows, so that the page fetches it apart."""
    sendout = _mine(sendout_id)
    tab = next((tab for tab in tabs_of(sendout, counts_of([sendout.id])[sendout.id]) if tab.channel == channel), None)
    if tab is None:
        abort(404)
    links = clicked_links(sendout.id, tab.counts) if tab.is_tracked else []
    return render_template(
        "reports/_findings.html" if "HX-Request" in request.headers else "reports/findings.html",
        sendout=sendout,
        tab=tab,
        links=links,
        causes=causes(sendout.id, tab.channel, tab.counts),
        mailboxes=failed_by_provider(sendout.id, tab.counts) if tab.channel is Channel.EMAIL else None,
    )


@bp.get("/sendouts/<int:sendout_id>/unreached")
@signed_in(Role.VIEWER)
def unreached(sendout_id: int) -> ResponseReturnValue:
    """Names and numbers of those whom nothing reached, to print and to call."""
    sendout = _mine(sendout_id)
    after = asked_cursor() or 0
    rows = unreached_people(sendout.id, sendout.organisation_id, after=after, limit=CALL_LIST_ROWS)
    listed = Page(rows, rows[-1].participant_id if len(rows) == CALL_LIST_ROWS else None)
    return render_template("reports/unreached.html", sendout=sendout, listed=listed, sent_by=names_of([sendout.launched_by]))


def _page(template: str, shown: Details, **more: object) -> str:
    sendout = shown.sendout
    names = names_of([sendout.created_by, sendout.launched_by])
    return render_template(
        template,
        shown=shown,
        audience=audiences_of([sendout])[sendout.id],
        sent_by=names.get(sendout.launched_by or sendout.created_by or 0),
        asked=_everybody(shown),
        timeline=timeline_of(sendout, names),
        answers=answers_of(sendout, shown.tab.channel, shown.tab.counts),
        can_resend=is_over(shown),
        new_entries=new_entries_of(sendout),
        midway=midway_of(sendout, {tab.channel: tab.counts for tab in shown.tabs}),
        tokens=(token_urlsafe(16), token_urlsafe(16)),
        **more,
    )


def _first_people(shown: Details) -> Page[Recipient]:
    return listed_page(shown.sendout, _everybody(shown), None, FEW_ROWS)


def _everybody(shown: Details) -> Asked:
    return Asked(shown.sendout.organisation_id, shown.sendout.id, shown.tab.channel)


def is_over(shown: Details) -> bool:
    """Whether it is time to think of sending again."""
    return shown.chip.is_finished or shown.chip.state is ShownState.CANCELLED


def asked_channel() -> Channel | None:
    """The tab that the page was asked for."""
    value = request.args.get("channel")
    return next((channel for channel in Channel if channel == value), None)


def _mine(sendout_id: int) -> Sendout:
    return sendout_of(sendout_id, current_organisation_id())
