"""How somebody tells their mail provider to let our mail in: the steps for the provider of their address, in words to send to them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SafeSender:
    """A mail provider, and what its user has to do; `{sender}` and `{domain}` in the steps are filled already."""

    provider: str
    steps: str


def safe_sender(address: str, sender: str) -> SafeSender:
    """The steps for whoever has `address`, so that mail from `sender` gets through."""
    domain = address.rpartition("@")[2].lower()
    name = next((name for name, domains in _DOMAINS.items() if domain in domains or domain.split(".")[0] in domains), "")
    return SafeSender(name or domain, _STEPS[name].format(sender=sender, domain=sender.rpartition("@")[2]))


_DOMAINS = {
    "Outlook": frozenset({"outlook", "hotmail", "live", "msn.com"}),
    "Bell": frozenset({"bell.net", "sympatico.ca", "bell.ca"}),
    "Yahoo Mail": frozenset({"yahoo", "ymail.com", "rocketmail.com", "aol.com"}),
    "Gmail": frozenset({"gmail.com", "googlemail.com"}),
    "iCloud Mail": frozenset({"icloud.com", "me.com", "mac.com"}),
    "GMX or WEB.DE": frozenset({"gmx", "web.de"}),
}
_STEPS = {
    "Outlook": "Open the settings (the gear at the top right), go to Junk email, and add {domain} under Safe senders and domains.",
    "Bell": "Open the settings (the gear at the top right), go to Security, then Block senders and domains, and allow {domain}.",
    "Yahoo Mail": "Add {sender} as a contact: Yahoo lets the mail of your contacts in.",
    "Gmail": "Open one of our e-mails, press “Report not spam” if it is offered, and add {sender} to your contacts.",
    "iCloud Mail": "Open one of our e-mails in the Junk folder, press “Not junk”, and add {sender} to your contacts.",
    "GMX or WEB.DE": "Add {sender} to your address book, and mark our e-mails in the spam folder as “no spam”.",
    "": "Look for “safe senders” or “allowed senders” in the settings of your mail, and add {domain} there.",
}
