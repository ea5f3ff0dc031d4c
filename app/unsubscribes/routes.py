"""The Unsubscribes list: who must not be written to, why, and how they come off it again."""

from flask import Blueprint, Response, redirect, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue

from app.domain.addresses import suggested_address
from app.domain.channels import Channel
from app.domain.roles import Role
from app.domain.suppression import SuppressionReason
from app.extensions import db
from app.lib.errors import Conflict, Invalid
from app.lib.row_ids import row_id
from app.lib.tabular import csv_chunks
from app.unsubscribes import importing, queries, service
from app.unsubscribes.entries import shown_address
from app.unsubscribes.export import table_of
from app.unsubscribes.forms import Addition, Brought, asked_filter, filter_arguments, read_addition, read_import
from app.unsubscribes.provider_list import lift_at_ses, lifted_again
from app.unsubscribes.service import Lifted
from app.unsubscribes.words import CHANNEL_WORDS, REASON_WORDS, day_of, is_at_network, keeps_away, why, words_to_send
from app.web.filters import plural
from app.web.forms import FormReader
from app.web.guards import current_organisation_id, current_role, current_user_id, signed_in
from app.web.htmx import render_page_or_partial, say
from app.web.installation import providers
from app.web.membership import current_standing
from app.web.pagination import PAGE_SIZE, asked_cursor, page_of

bp = Blueprint("unsubscribes", __name__, url_prefix="/unsubscribes")

_TEMPLATE_WORDS = {
    "why_unsubscribed": why,
    "keeps_away": keeps_away,
    "reason_words": REASON_WORDS,
    "day_of": day_of,
    "suggested_address": suggested_address,
}
bp.record_once(lambda state: state.app.jinja_env.globals.update(_TEMPLATE_WORDS))

_FIRST_PAGE_ONLY = 1000  # unusable lines that the page of an import names one by one


@bp.get("")
@signed_in(Role.VIEWER)
def index() -> Response:
    """The list, searched and narrowed."""
    organisation_id = current_organisation_id()
    narrowed = asked_filter(request.args)
    rows = queries.listed_page(organisation_id, narrowed, before_id=asked_cursor(), limit=PAGE_SIZE + 1)
    entries = page_of(rows, lambda row: row.id)
    return render_page_or_partial(
        "unsubscribes/list.html",
        "unsubscribes/_rows.html",
        entries=entries,
        narrowed=narrowed,
        arguments=filter_arguments(narrowed),
        is_first=asked_cursor() is None,
        people=queries.people_at(organisation_id, {row.address for row in entries.rows}),
        counts=queries.counts_by_reason(organisation_id),
        lifted_count=queries.lifted_count(organisation_id),
        sendouts=queries.sendouts_with_entries(organisation_id),
        channels=CHANNEL_WORDS,
        can_act=current_role().includes(Role.ORGANISER),
        reasons=list(SuppressionReason),
    )


@bp.get("/export.csv")
@signed_in(Role.VIEWER)
def export() -> ResponseReturnValue:
    """What the list shows, as a file: the same filter, all its pages."""
    rows = table_of(queries.export_rows(current_organisation_id(), asked_filter(request.args)))
    headers = {"Content-Disposition": 'attachment; filename="unsubscribes.csv"', "Cache-Control": "no-store"}
    return Response(stream_with_context(csv_chunks(rows)), mimetype="text/csv", headers=headers)


@bp.get("/add")
@signed_in(Role.ORGANISER)
def add() -> str:
    """The form to put somebody on the list by hand."""
    return render_template("unsubscribes/add.html", form=FormReader({"address": request.args.get("address", "")}))


@bp.post("")
@signed_in(Role.ORGANISER)
def add_by_hand() -> ResponseReturnValue:
    """Put an address or number on the list."""
    form = FormReader(request.form)
    addition = read_addition(form)
    entry_id = None if form.errors else _added(form, addition)
    if entry_id is None:
        return render_template("unsubscribes/add.html", form=form), 422
    db.session.commit()
    say(f"{addition.address} is on the Unsubscribes list.", undo=url_for(".take_back", entry_id=entry_id))
    return redirect(url_for(".index"), 303)


@bp.get("/import")
@signed_in(Role.ORGANISER)
def import_form() -> str:
    """The form to import a list, and what became of the import that `result` names."""
    asked = row_id(request.args.get("result", ""))
    result = importing.noted_import(current_organisation_id(), asked) if asked is not None else None
    return render_template("unsubscribes/import.html", form=FormReader({}), result=result)


@bp.post("/import")
@signed_in(Role.ORGANISER)
def import_list() -> ResponseReturnValue:
    """Put everybody in a file, or in the pasted lines, on the list with the proof."""
    form = FormReader(request.form)
    brought = read_import(form, request.files.get("file"))
    if form.errors:
        return render_template("unsubscribes/import.html", form=form, result=None), 422
    noted_id = _imported(brought)
    db.session.commit()
    return redirect(url_for(".import_form", result=noted_id), 303)


@bp.get("/<int:entry_id>")
@signed_in(Role.VIEWER)
def entry(entry_id: int) -> str:
    """One entry with its address's whole history, and the way off the list."""
    return _entry_page(entry_id, FormReader({}))


@bp.post("/<int:entry_id>/remove")
@signed_in(Role.ORGANISER)
def remove(entry_id: int) -> ResponseReturnValue:
    """Take an entry off, with the reason why; at Amazon too, after the commit."""
    form = FormReader(request.form)
    reason = form.words("reason", at_most=500, missing="Say why: the reason is kept with the entry.")
    if form.errors:
        return _entry_page(entry_id, form), 422
    lifted = service.lift(current_organisation_id(), entry_id, reason=reason, user_id=current_user_id())
    db.session.commit()
    say(f"{shown_address(lifted.address)} is off the Unsubscribes list.", undo=url_for(".put_back", entry_id=entry_id))
    _lift_at_amazon(lifted)
    return redirect(url_for(".entry", entry_id=entry_id), 303)


@bp.post("/<int:entry_id>/put-back")
@signed_in(Role.ORGANISER)
def put_back(entry_id: int) -> ResponseReturnValue:
    """Undo taking an entry off."""
    standing_id = service.undo_lift(current_organisation_id(), entry_id, user_id=current_user_id())
    db.session.commit()
    say("It is on the Unsubscribes list again.")
    return redirect(url_for(".entry", entry_id=standing_id), 303)


@bp.post("/<int:entry_id>/take-back")
@signed_in(Role.ORGANISER)
def take_back(entry_id: int) -> ResponseReturnValue:
    """Undo adding somebody by hand."""
    if queries.listed_entry(current_organisation_id(), entry_id).reason != SuppressionReason.MANUAL:
        raise Conflict("Only what was added by hand can be taken back like this.")
    lifted = service.lift(current_organisation_id(), entry_id, reason="Added by mistake", user_id=current_user_id())
    db.session.commit()
    say(f"{shown_address(lifted.address)} is off the Unsubscribes list again.")
    reply = request.args.get("reply", type=int)
    return redirect(url_for(".index") if reply is None else url_for("inbound.conversation", text_id=reply), 303)


@bp.post("/<int:entry_id>/amazon")
@signed_in(Role.ORGANISER)
def lift_at_amazon(entry_id: int) -> ResponseReturnValue:
    """Try once more to take an address off Amazon's own list, after it came off ours."""
    lifted = lifted_again(queries.listed_entry(current_organisation_id(), entry_id))
    db.session.rollback()  # no transaction waits for Amazon
    if _lift_at_amazon(lifted):
        say(f"{shown_address(lifted.address)} is off Amazon's list, too.")
    return redirect(url_for(".entry", entry_id=entry_id), 303)


def _added(form: FormReader, addition: Addition) -> int | None:
    """The new entry's id; None when the address cannot be used, and then the form says why."""
    written = addition.entry(current_organisation_id(), current_user_id())
    try:
        return service.add_by_hand(written, country=current_standing().country)
    except (Invalid, Conflict) as problem:
        form.errors["address"] = str(problem)
        return None


def _imported(brought: Brought) -> int:
    here = current_standing()
    terms = importing.ImportTerms(here.organisation_id, here.country, current_user_id(), brought.proof, brought.scope)
    result = importing.import_entries(brought.found.rows, terms)
    unusable = sorted((*brought.found.unusable, *result.unusable))
    words = f"{plural(result.added, 'address', 'addresses')} put on the list."
    say(words if result.added else "Nobody new is on the list.", kind="success" if result.added else "warning")
    noted = importing.ImportedEntries(result.added, result.already, tuple(unusable[:_FIRST_PAGE_ONLY]))
    return importing.note_import(terms, noted, unusable_count=len(unusable))


def _entry_page(entry_id: int, form: FormReader) -> str:
    organisation_id = current_organisation_id()
    shown = queries.listed_entry(organisation_id, entry_id)
    history = queries.address_history(organisation_id, Channel(shown.channel), shown.address)
    is_stop = shown.reason == SuppressionReason.STOP and shown.lifted_at is None
    return render_template(
        "unsubscribes/entry.html",
        shown=shown,
        form=form,
        can_act=current_role().includes(Role.ORGANISER),
        history=history,
        people=queries.people_at(organisation_id, [shown.address])[shown.address],
        is_stop=is_stop,
        is_at_network=is_stop and is_at_network(shown),
        start_words=words_to_send(queries.our_number_of(organisation_id, entry_id)) if is_stop else "",
        standing_now=[each for each in history if each.lifted_at is None],
        has_amazon_list=shown.lifted_at is not None and lifted_again(shown).is_on_ses_list,
    )


def _lift_at_amazon(lifted: Lifted) -> bool:
    """Whether the address is off Amazon's list, as far as it was on it; a failure is said in words."""
    if lift_at_ses(lifted, providers().lift_suppression) is None:
        return True
    say("Amazon still has this address on a list of its own, so mail to it may be refused. Try again in a while.", kind="danger")
    return False
