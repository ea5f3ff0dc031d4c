"""SES's rules for the parts of a request: addresses, tags, headers, template data. Each raises BadInput with words like SES's."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from simulator.mail import bare_address
from simulator.ses_errors import BadInput

MOST_RECIPIENTS = 50
MOST_ENTRIES = 50
_MOST_HEADERS = 15
_MOST_DATA = 262_144
_HEADER_NAME = re.compile(r"[!-9;-@A-~]{1,126}\Z")
_HEADER_VALUE = re.compile(r"[ -~]{1,995}\Z")
_MOST_HEADER = 996  # name and value together
_TAG = re.compile(r"[A-Za-z0-9_-]{1,256}\Z")
_CONFIGURATION_SET = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")
_DOMAIN = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*\Z")
_CONTROL_OR_SPACE = re.compile(r"[\x00-\x20\x7f]")


def checked_destination(destination: object) -> tuple[str, ...]:
    """Every address of To, Cc and Bcc, To first."""
    if not isinstance(destination, Mapping):
        raise BadInput("Destination is required.")
    kinds = ("ToAddresses", "CcAddresses", "BccAddresses")
    addresses = tuple(address for kind in kinds for address in destination.get(kind) or ())
    if not addresses:
        raise BadInput("At least one recipient is required.")
    if len(addresses) > MOST_RECIPIENTS:
        raise BadInput(f"Recipient count exceeds {MOST_RECIPIENTS}.")
    for address in addresses:
        check_address(address)
    return addresses


def check_address(written: str) -> None:
    """Refuse what SES cannot send to; names the address."""
    address = bare_address(written)
    local, at, domain = address.rpartition("@")
    if not at:
        raise BadInput(f"Missing final '@domain': {written}")
    if not local or _CONTROL_OR_SPACE.search(local):
        raise BadInput(f"Local address contains control or whitespace: {written}")
    if not local.isascii():
        raise BadInput(f"Local address contains non-ASCII characters: {written}")
    if not _DOMAIN.match(domain):
        raise BadInput(f"Domain contains illegal character: {written}")


def checked_tags(*lists: Sequence[Mapping[str, str]] | None) -> dict[str, str]:
    """Tags by name; later lists win."""
    tags: dict[str, str] = {}
    for tag in (tag for each in lists for tag in each or ()):
        for kind in ("Name", "Value"):
            if not _TAG.match(tag.get(kind) or ""):
                raise BadInput(
                    f"Invalid tag {kind.lower()} <{tag.get(kind)}>: only alphanumeric ASCII characters, '_', and '-' are allowed."
                )
        tags[tag["Name"]] = tag["Value"]
    return tags


def checked_headers(own: Sequence[Mapping[str, str]] | None, shared: Sequence[tuple[str, str]] = ()) -> tuple[tuple[str, str], ...]:
    """The shared headers with one's own in place of those of the same name."""
    pairs = tuple((header.get("Name") or "", header.get("Value") or "") for header in own or ())
    if len(pairs) > _MOST_HEADERS:
        raise BadInput(f"Number of headers exceeds {_MOST_HEADERS}.")
    for name, value in pairs:
        if not _HEADER_NAME.match(name):
            raise BadInput(f"Invalid header name: {name!r}")
        if not _HEADER_VALUE.match(value) or len(name) + len(value) > _MOST_HEADER:
            raise BadInput(f"Invalid value of header {name}")
    replaced = {name.lower() for name, _ in pairs}
    return (*((name, value) for name, value in shared if name.lower() not in replaced), *pairs)


def checked_data(text: str | None) -> dict[str, Any]:
    """Template data, which is JSON in a string; empty when there is none."""
    if not text:
        return {}
    if len(text) > _MOST_DATA:
        raise BadInput(f"Template data exceeds {_MOST_DATA} characters.")
    try:
        data = json.loads(text)
    except ValueError:
        raise BadInput("Template data is not valid JSON.") from None
    if not isinstance(data, dict):
        raise BadInput("Template data must be a JSON object.")
    return data


def checked_configuration_set(name: str | None) -> str:
    if name and not _CONFIGURATION_SET.match(name):
        raise BadInput(f"Invalid configuration set name: {name}")
    return name or ""
