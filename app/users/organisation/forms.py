"""What owners type under Settings, read and checked."""

import re
from functools import cache
from zoneinfo import available_timezones

import phonenumbers
from babel import Locale

from app.domain.addresses import normalise_email, normalise_number
from app.domain.senders import SenderKind, Tracking
from app.lib.errors import Invalid
from app.users.organisation.service import NewSender, OrganisationSettings, SenderSettings
from app.web.forms import FormReader

LANGUAGES = (
    "en",
    "ar",
    "cy",
    "da",
    "de",
    "el",
    "es",
    "fi",
    "fr",
    "ga",
    "hi",
    "it",
    "ja",
    "ko",
    "nl",
    "no",
    "pl",
    "pt",
    "ro",
    "sv",
    "tr",
    "uk",
    "zh",
)
_REGIONS = ("Africa/", "America/", "Antarctica/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/")
_SERVICE_SID = re.compile(r"MG[0-9a-f]{32}")
_ALPHANUMERIC = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 ]{2,11}")


def read_organisation(form: FormReader) -> OrganisationSettings:
    """The organisation's settings."""
    return OrganisationSettings(
        name=form.words("name", missing="Type the organisation's name."),
        short_name=form.words("short_name", at_most=15, missing="Type a short name: your texts begin with it."),
        postal_address=form.lines("postal_address", at_most=500),
        country=form.one_of("country", dict(countries())),
        time_zone=form.one_of("time_zone", time_zones()),
        language=form.one_of("language", LANGUAGES),
        is_tracking=form.flag("is_tracking"),
        has_visible_pixel=form.flag("has_visible_pixel"),
    )


def read_new_sender(form: FormReader, country: str) -> NewSender:
    """An address of the kind that was chosen; numbers are read as dialled in the organisation's country."""
    kind = form.choice("kind", SenderKind)
    readers = {
        SenderKind.EMAIL_ADDRESS: lambda text: normalise_email(text).address.lower(),
        SenderKind.NUMBER: lambda text: _sender_number(text, country),
        SenderKind.MESSAGING_SERVICE: _service_sid,
        SenderKind.ALPHANUMERIC: _alphanumeric,
    }
    return NewSender(kind=kind, address=form.converted("address", readers[kind]), display_name=form.words("display_name", at_most=100))


def read_sender(form: FormReader) -> SenderSettings:
    """What can be changed about a sender."""
    return SenderSettings(
        display_name=form.words("display_name", at_most=100),
        tracking=form.choice("tracking", Tracking),
        segments_per_second=form.number("segments_per_second", lowest=0.1, highest=1000),
    )


@cache
def countries() -> tuple[tuple[str, str], ...]:
    """The countries that have telephone numbers, by name."""
    names = Locale("en").territories
    known = ((region, str(names.get(region, region))) for region in phonenumbers.SUPPORTED_REGIONS)
    return tuple(sorted(known, key=lambda pair: pair[1]))


@cache
def time_zones() -> tuple[str, ...]:
    """The zones that people live in, without the aliases of old systems."""
    return tuple(sorted(zone for zone in available_timezones() if zone.startswith(_REGIONS)))


@cache
def languages() -> tuple[tuple[str, str], ...]:
    """The languages that an organisation may write in, each in English."""
    names = Locale("en").languages
    return tuple((code, str(names[code])) for code in LANGUAGES)


def _sender_number(text: str, country: str) -> str:
    """A number that texts can leave from, in E.164; short codes are bare digits, and stay so."""
    digits = text.replace(" ", "")
    return digits if re.fullmatch(r"\d{5,6}", digits) else normalise_number(text, country)


def _service_sid(text: str) -> str:
    if not _SERVICE_SID.fullmatch(text):
        raise Invalid("A Messaging Service's id is MG and 32 letters and digits; Twilio shows it beside the service's name.")
    return text


def _alphanumeric(text: str) -> str:
    if not _ALPHANUMERIC.fullmatch(text):
        raise Invalid("A name to send from has 2 to 11 letters, digits and spaces, and at least one letter.")
    return text
