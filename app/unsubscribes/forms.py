"""What the pages of the Unsubscribes list are asked and told, read from the request."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from werkzeug.datastructures import FileStorage

from app.domain.channels import Channel
from app.domain.suppression import SuppressionReason, SuppressionScope
from app.lib.row_ids import row_id
from app.lib.tabular import UnreadableFile
from app.unsubscribes.entries import EntrySource, NewEntry
from app.unsubscribes.queries import ListFilter
from app.unsubscribes.reading import FoundAddresses, addresses_in_file, addresses_in_lines
from app.web.forms import FormReader

Choice = TypeVar("Choice", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Addition:
    """An address to put on the list by hand, as typed."""

    address: str
    scope: SuppressionScope
    words: str

    def entry(self, organisation_id: int, user_id: int | None) -> NewEntry:
        """The entry that it makes."""
        return NewEntry(
            organisation_id=organisation_id,
            channel=Channel.EMAIL if "@" in self.address else Channel.SMS,
            address=self.address,
            reason=SuppressionReason.MANUAL,
            source=EntrySource.USER,
            scope=self.scope,
            created_by=user_id,
            proof={"words": self.words},
        )


@dataclass(frozen=True, slots=True)
class Brought:
    """A list to import: what was found in it, and what holds for all of it."""

    found: FoundAddresses
    proof: str
    scope: SuppressionScope


def asked_filter(arguments: Mapping[str, str]) -> ListFilter:
    """What the page's address narrows the list to; what makes no sense narrows nothing."""
    return ListFilter(
        search=" ".join(arguments.get("q", "").replace("\0", "").split())[:200],
        channel=_member(Channel, arguments.get("channel")),
        reason=_member(SuppressionReason, arguments.get("reason")),
        sendout_id=row_id(arguments.get("sendout", "")),
        is_lifted=arguments.get("show") == "removed",
    )


def filter_arguments(narrowed: ListFilter) -> dict[str, str]:
    """The same filter as it stands in a page's address."""
    given = {
        "q": narrowed.search,
        "channel": narrowed.channel or "",
        "reason": narrowed.reason or "",
        "sendout": str(narrowed.sendout_id or ""),
        "show": "removed" if narrowed.is_lifted else "",
    }
    return {name: value for name, value in given.items() if value}


def read_addition(form: FormReader) -> Addition:
    """The form to add somebody by hand; look at its errors."""
    return Addition(
        address=form.words("address", missing="Type an e-mail address or a mobile number."),
        scope=form.choice("scope", SuppressionScope, "Choose what they get no more."),
        words=form.words("words", at_most=500, missing="Say why, so that others understand it later."),
    )


def read_import(form: FormReader, upload: FileStorage | None) -> Brought:
    """The form to import a list, from a file or from pasted lines; look at its errors."""
    proof = form.words("proof", at_most=500, missing="Say where these people said no: it is the proof that is kept.")
    scope = form.choice("scope", SuppressionScope, "Choose what they get no more.")
    return Brought(_found(form, upload), proof, scope)


def _found(form: FormReader, upload: FileStorage | None) -> FoundAddresses:
    content = upload.read() if upload else b""
    pasted = form.values.get("pasted", "").replace("\0", "").strip("\r\n")
    if not content:
        if not pasted.strip():
            form.errors["file"] = "Choose a file, or paste the addresses."
        return addresses_in_lines(pasted)
    try:
        return addresses_in_file(content)
    except UnreadableFile as problem:
        form.errors["file"] = str(problem)
        return FoundAddresses((), ())


def _member(kind: type[Choice], value: str | None) -> Choice | None:
    return kind(value) if value in set(kind) else None
