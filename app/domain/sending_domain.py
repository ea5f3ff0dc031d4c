"""What the DNS of a domain must say, so that Amazon SES may send in its name and mailbox providers believe it."""

from dataclasses import dataclass
from enum import StrEnum

from app.domain.mailbox_providers import domain_of, provider_of

_SIGNING_ZONE = "dkim.amazonses.com"  # where a region has none of its own; SES names the others


class Standing(StrEnum):
    """How far an address is from being one to send from."""

    FREE_MAIL = "free_mail"  # of a mailbox provider: its domain is nobody's to set up
    UNKNOWN = "unknown"  # SES has never heard of its domain
    AWAITED = "awaited"  # SES looks for the entries, and does not find them yet
    VERIFIED = "verified"


@dataclass(frozen=True, slots=True)
class Identity:
    """What SES says of an address or a domain."""

    is_verified: bool
    dkim_tokens: tuple[str, ...] = ()
    signing_zone: str = ""


@dataclass(frozen=True, slots=True)
class DnsRecord:
    """One entry. `is_advice`: SES does not ask for it, large mailbox providers do; only if there is none yet."""

    kind: str
    name: str
    value: str
    is_advice: bool = False


def identities_for(address: str) -> list[str]:
    """What SES may know this address by, likeliest first: its domain, itself, and the domains above, which stand for those below."""
    labels = domain_of(address).split(".")
    domain, *above = (".".join(labels[start:]) for start in range(max(1, len(labels) - 1)))
    return [domain, address, *above]


def standing_of(address: str, identities: dict[str, Identity]) -> Standing:
    """Where an address stands, given what SES says of those of its identities that it knows."""
    if any(each.is_verified for each in identities.values()):
        return Standing.VERIFIED
    if provider_of(domain_of(address)) is not None:
        return Standing.FREE_MAIL
    return Standing.AWAITED if domain_of(address) in identities else Standing.UNKNOWN


def dns_records(domain: str, identity: Identity) -> list[DnsRecord]:
    """What whoever runs the domain has to enter (https://docs.aws.amazon.com/ses/latest/dg/creating-identities.html)."""
    zone = identity.signing_zone or _SIGNING_ZONE
    signing = [DnsRecord("CNAME", f"{token}._domainkey.{domain}", f"{token}.{zone}") for token in identity.dkim_tokens]
    return [*signing, DnsRecord("TXT", f"_dmarc.{domain}", "v=DMARC1; p=none;", is_advice=True)]
