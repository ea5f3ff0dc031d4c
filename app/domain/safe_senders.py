"""How somebody tells their mail provider to let our mail in: the steps for the provider of their address, in words to send to them."""

from dataclasses import dataclass

from app.domain.mailbox_providers import MailboxProvider, domain_of, provider_of


@dataclass(frozen=True, slots=True)
class SafeSender:
    """A mail provider, and what its user has to do; `{sender}` and `{domain}` in the steps are filled already."""

    provider: str
    steps: str


def safe_sender(address: str, sender: str) -> SafeSender:
    """The steps for whoever has `address`, so that mail from `sender` gets through."""
    domain = domain_of(address)
    provider = provider_of(domain)
    steps = _STEPS.get(provider, _ANYWHERE) if provider else _ANYWHERE
    return SafeSender(provider.words if provider else domain, steps.format(sender=sender, domain=domain_of(sender)))


_ANYWHERE = "Look for “safe senders” or “allowed senders” in the settings of your mail, and add {domain} there."
_STEPS = {
    MailboxProvider.OUTLOOK: (
        "Open the settings (the gear at the top right), go to Junk email, and add {domain} under Safe senders and domains."
    ),
    MailboxProvider.BELL: (
        "Open the settings (the gear at the top right), go to Security, then Block senders and domains, and allow {domain}."
    ),
    MailboxProvider.YAHOO: "Add {sender} as a contact: Yahoo lets the mail of your contacts in.",
    MailboxProvider.GMAIL: "Open one of our e-mails, press “Report not spam” if it is offered, and add {sender} to your contacts.",
    MailboxProvider.ICLOUD: "Open one of our e-mails in the Junk folder, press “Not junk”, and add {sender} to your contacts.",
    MailboxProvider.GMX: "Add {sender} to your address book, and mark our e-mails in the spam folder as “no spam”.",
}
