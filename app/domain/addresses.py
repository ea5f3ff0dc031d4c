"""What counts as an e-mail address or a mobile number, in one normal form each, and how to say what is wrong with the rest."""

import re
from dataclasses import dataclass

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberType, ValidationResult
from phonenumbers.timezone import time_zones_for_number

from app.lib.errors import Invalid


class InvalidAddress(Invalid):
    """This can never reach anybody; the message says why, in words for whoever typed or imported it."""


@dataclass(frozen=True, slots=True)
class EmailAddress:
    """An address as it is sent to, and the name that stood beside it, if any ("Ada <ada@example.com>")."""

    address: str
    name: str = ""


def normalise_email(text: str) -> EmailAddress:
    """The address in `text`, its domain in lower-case ASCII, the part before the @ as written; raises InvalidAddress.

    Whether the domain exists is not asked. Addresses that differ only in case are the same: compare by `email_key`.
    """
    name, bare = _name_and_address(text.strip())
    if not bare.rpartition("@")[0].isascii():
        # SES knows no SMTPUTF8.
        raise InvalidAddress("Mail cannot be sent to an address with accents or other scripts before the @.")
    try:
        # `.test` can reach nobody, but it is what demonstrations and benchmarks are made of.
        valid = validate_email(bare, allow_smtputf8=False, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        missing = "" if "@" in bare else ": it has no @"
        raise InvalidAddress(f"This is not an e-mail address{missing}. One looks like ada@example.org.") from error
    return EmailAddress(address=f"{valid.ascii_local_part}@{valid.ascii_domain}", name=name)


def email_key(address: str) -> str:
    """What two spellings of one mailbox have in common; for comparing, never for sending."""
    return address.lower()


def suggested_address(address: str) -> str | None:
    """The address that was probably meant ("x@gmial.com" → "x@gmail.com"), or None where nothing looks wrong."""
    local, _, domain = address.rpartition("@")
    meant = _suggested_domain(domain.lower())
    return f"{local}@{meant}" if local and meant else None


def normalise_number(text: str, country: str) -> str:
    """The mobile number in `text` as E.164, read as dialled in `country` (ISO code); raises InvalidAddress.

    Landlines are refused; where a country does not tell them from mobiles, as in North America, both pass.
    """
    stripped = text.strip().removesuffix(".0")  # spreadsheets keep numbers as decimals
    if _SCIENTIFIC.fullmatch(stripped):
        raise InvalidAddress("The spreadsheet has rounded this number and its last digits are lost: export the column as text.")
    number = _parsed("+" + stripped[2:] if stripped.startswith("00") else stripped, country)
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if _TWILIO_TEST_NUMBER.fullmatch(e164):
        return e164
    if not phonenumbers.is_valid_number(number):
        raise InvalidAddress(_why_invalid(number))
    if phonenumbers.number_type(number) not in _MOBILE_TYPES:
        raise InvalidAddress("This number cannot receive texts: it is no mobile number.")
    return e164


def time_zones_of(number: str) -> tuple[str, ...]:
    """The zones in which the owner of an E.164 number may be; empty where nothing is known."""
    zones = time_zones_for_number(phonenumbers.parse(number))
    return tuple(zone for zone in zones if zone != _UNKNOWN_ZONE)


_NAMED_ADDRESS = re.compile(r"(?P<name>[^<>]*)<(?P<address>[^<>]+)>")
_UNKNOWN_ZONE = "Etc/Unknown"
_SCIENTIFIC = re.compile(r"\+?\d+([.,]\d+)?E\+?\d+", re.IGNORECASE)
# Twilio's own numbers for tests, which no network connects (https://www.twilio.com/docs/iam/test-credentials);
# to the numbering plan they are personal numbers, and samples and the simulator are full of them.
_TWILIO_TEST_NUMBER = re.compile(r"\+1500555\d{4}")
_MOBILE_TYPES = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})
_WHY_IMPOSSIBLE = {
    ValidationResult.TOO_SHORT: "This number is too short.",
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "This number lacks its area code.",
    ValidationResult.TOO_LONG: "This number is too long.",
}


def _name_and_address(text: str) -> tuple[str, str]:
    """Mail programs also copy names that RFC 5322 wants quoted ("Dr. Ann, vet <a@b.org>"): whatever stands before the bracket."""
    named = _NAMED_ADDRESS.fullmatch(text)
    if named is None:
        return "", text.removeprefix("mailto:")
    return named["name"].strip().strip('"').strip(), named["address"].strip()


def _parsed(text: str, country: str) -> PhoneNumber:
    try:
        return phonenumbers.parse(text, country)
    except NumberParseException as error:
        if error.error_type == NumberParseException.INVALID_COUNTRY_CODE:
            raise InvalidAddress("This number begins with a country code that does not exist.") from error
        raise InvalidAddress("This is not a phone number.") from error


def _why_invalid(number: PhoneNumber) -> str:
    return _WHY_IMPOSSIBLE.get(phonenumbers.is_possible_number_with_reason(number), "No such number can exist in its country.")


_LARGE_PROVIDERS = (
    "gmail.com", "googlemail.com", "hotmail.com", "hotmail.co.uk", "hotmail.fr", "outlook.com", "yahoo.com", "yahoo.co.uk",
    "yahoo.fr", "yahoo.de", "icloud.com", "btinternet.com", "orange.fr", "wanadoo.fr", "laposte.net", "protonmail.com",
    "comcast.net", "verizon.net", "sbcglobal.net", "bellsouth.net", "t-online.de", "freenet.de", "bluewin.ch", "bigpond.com",
)  # fmt: skip
# Real ones that are one slip away from those.
_REAL_NEIGHBOURS = frozenset({"mail.com", "email.com", "ymail.com", "hotmail.net", "orange.net", "freenet.com"})
_ENDING_SLIPS = dict.fromkeys(("con", "cmo", "cm", "co", "om", "vom", "xom", "comm", "coom", "ocm", "comn", "c0m"), "com")


def _suggested_domain(domain: str) -> str | None:
    if domain in _LARGE_PROVIDERS or domain in _REAL_NEIGHBOURS:
        return None
    name, _, ending = domain.partition(".")
    meant_ending = _ENDING_SLIPS.get(ending, ending)
    for provider in _LARGE_PROVIDERS:
        provider_name, _, provider_ending = provider.partition(".")
        if provider_ending == meant_ending and _is_one_slip_away(name, provider_name):
            return provider
    return None


def _is_one_slip_away(written: str, meant: str) -> bool:
    """Whether at most one letter is wrong, missing, doubled or swapped with its neighbour."""
    if len(written) == len(meant):
        wrong = [place for place in range(len(meant)) if written[place] != meant[place]]
        is_swap = len(wrong) == 2 and wrong[1] == wrong[0] + 1 and sorted(written) == sorted(meant)  # noqa: PLR2004
        return len(wrong) <= 1 or is_swap
    shorter, longer = sorted((written, meant), key=len)
    return len(longer) - len(shorter) == 1 and any(longer[:place] + longer[place + 1 :] == shorter for place in range(len(longer)))
