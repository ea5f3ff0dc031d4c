"""Who keeps a person's mailbox, as far as the domain of an address tells: what arrives is up to them, for all of their people alike."""

import re
from enum import StrEnum


class MailboxProvider(StrEnum):
    """A provider whose people have addresses of several domains; every other domain stands for itself."""

    GMAIL = "gmail"
    OUTLOOK = "outlook"
    YAHOO = "yahoo"
    ICLOUD = "icloud"
    GMX = "gmx"
    BELL = "bell"
    PROTON = "proton"
    ORANGE = "orange"

    @property
    def words(self) -> str:
        """What its people call it."""
        return _WORDS[self]

    @property
    def pattern(self) -> str:
        """Its domains in lower case, to be understood by Python and PostgreSQL alike."""
        return f"^(?:{_DOMAINS[self]})$"


_WORDS = {
    MailboxProvider.GMAIL: "Gmail",
    MailboxProvider.OUTLOOK: "Outlook",
    MailboxProvider.YAHOO: "Yahoo Mail",
    MailboxProvider.ICLOUD: "iCloud Mail",
    MailboxProvider.GMX: "GMX or WEB.DE",
    MailboxProvider.BELL: "Bell",
    MailboxProvider.PROTON: "Proton Mail",
    MailboxProvider.ORANGE: "Orange",
}
_ANY_COUNTRY = r"\.(?:com|net|[a-z]{2}|com?\.[a-z]{2})"
_DOMAINS = {
    MailboxProvider.GMAIL: r"(?:gmail|googlemail)\.com",
    MailboxProvider.OUTLOOK: f"(?:outlook|hotmail|live|msn){_ANY_COUNTRY}",
    MailboxProvider.YAHOO: rf"(?:yahoo|aol){_ANY_COUNTRY}|(?:ymail|rocketmail|aim)\.com",
    MailboxProvider.ICLOUD: r"(?:icloud|me|mac)\.com",
    MailboxProvider.GMX: rf"gmx{_ANY_COUNTRY}|web\.de",
    MailboxProvider.BELL: r"bell\.(?:net|ca)|sympatico\.ca",
    MailboxProvider.PROTON: r"proton\.me|protonmail\.(?:com|ch)|pm\.me",
    MailboxProvider.ORANGE: r"(?:orange|wanadoo)\.fr",
}


def domain_of(address: str) -> str:
    """What follows the @, in lower case."""
    return address.rpartition("@")[2].lower()


def provider_of(domain: str) -> MailboxProvider | None:
    """Whose domain this is; None for one that stands for itself."""
    return next((each for each in MailboxProvider if re.search(each.pattern, domain)), None)


def mailbox_words(name: str) -> str:
    """What a provider or a domain is called."""
    return MailboxProvider(name).words if name in set(MailboxProvider) else name
