"""What stands under every e-mail: who sent it, from where, and how to say no."""

from dataclasses import dataclass
from html import escape

from app.messages.fixed_words import CHOOSE, UNSUBSCRIBE, marked
from app.models import Organisation


@dataclass(frozen=True, slots=True)
class Footer:
    """The footer of both parts; `{unsubscribe}` is where the message's own address goes, and marks are where its words go."""

    html: str
    text: str


def footer_for(organisation: Organisation, *, is_marketing: bool) -> Footer:
    """The footer by communication type: marketing names the postal address and unsubscribes, non-marketing lets people choose."""
    words = marked(UNSUBSCRIBE if is_marketing else CHOOSE)
    address = ", ".join(line.strip() for line in organisation.postal_address.splitlines() if line.strip())
    lines = [line for line in (organisation.name, address) if line]
    html = (
        '<div style="margin-top:32px;padding-top:12px;border-top:1px solid #d9dde3;font:12px/18px Arial,sans-serif;color:#5b6472">'
        + "<br>".join(_literal(escape(line)) for line in lines)
        + f'<br><a href="{{unsubscribe}}" style="color:#5b6472">{words}</a></div>'
    )
    text = "\n\n-- \n" + "\n".join(_literal(line) for line in lines) + f"\n{words}: {{unsubscribe}}\n"
    return Footer(html, text)


def _literal(words: str) -> str:
    """An organisation's own words, kept out of the reach of `format` and of Liquid: braces have no place in a name or an address."""
    return words.replace("{", "(").replace("}", ")")
