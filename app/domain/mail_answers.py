"""An e-mail that answers another: what its writer says in it, whether a machine wrote it, and whether the writer is who they seem to be."""

import re
from collections.abc import Mapping

from mailparser_reply import EmailReplyParser

ANSWER_MARK = "--- Write your answer above this line ---"
LONGEST_READ = 2_400  # characters: more than any text may have; the parser's patterns take seconds for long ones
_TAIL = 40  # characters by which the end is known

_LANGUAGES = ["en", "fr", "de", "it", "nl", "pl", "pt", "sv", "da"]
_BLANK_LINES = re.compile(r"\n\s*\n\s*")
_SPANISH_QUOTE = re.compile(r"^El [^\n]{6,200} escribi(?:ó|o):[ ]*$", re.MULTILINE)
_SENT_FROM = re.compile(r"\n+(?:Von meinem [^\n]{2,40} gesendet|Enviado desde mi [^\n]{2,40}|Get Outlook for [^\n]{2,40})\s*$")
_RULE = re.compile(r"\n+[_=-]{5,}\s*$")
_BULK = frozenset({"bulk", "junk", "list", "auto_reply"})
_MACHINE_HEADERS = frozenset(
    {"x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply-from", "x-mail-autoreply", "x-auto-response-suppress", "list-id"}
)
_FAILED = "FAIL"


def answer_words(body: str) -> str:
    """What the writer says, without what they quote and without their signature.

    At most LONGEST_READ characters are looked at; an ellipsis says that there is more.
    """
    above = _BLANK_LINES.sub("\n\n", body.replace("\r\n", "\n").partition(ANSWER_MARK)[0].strip())
    short = above[:LONGEST_READ]
    read = _SPANISH_QUOTE.split(short, maxsplit=1)[0].strip()
    replies = EmailReplyParser(languages=_LANGUAGES).read(read).replies
    said = replies[0].body if replies else ""
    lines = _SENT_FROM.sub("", _RULE.sub("", f"\n{said}")).split("\n")
    words = "\n".join(line for line in lines if not line.lstrip().startswith(">")).strip()
    is_cut = len(above) > LONGEST_READ and short.rstrip().endswith(words[-_TAIL:])
    return f"{words[: LONGEST_READ - 1]}…" if is_cut and words else words


def is_automatic(headers: Mapping[str, str], return_path: str) -> bool:
    """Whether a machine wrote it (RFC 3834 section 2, and what older ones say): such a mail is passed on to nobody and never answered.

    `headers` by lower-case name. A null return path is that of bounces and of well-behaved automatic answers.
    """
    submitted = headers.get("auto-submitted", "no").partition(";")[0].strip().lower()
    precedence = headers.get("precedence", "").strip().lower()
    is_report = headers.get("content-type", "").lower().startswith("multipart/report")
    return submitted != "no" or precedence in _BULK or bool(_MACHINE_HEADERS & headers.keys()) or is_report or not return_path.strip("<> ")


def doubt_about(verdicts: Mapping[str, str], writers: tuple[str, ...], return_path: str) -> str | None:
    """Why a mail is not to be trusted, by SES's verdicts; None where it is its writer's, and harmless.

    DMARC says both at once. Where the writer's domain asks for none (GRAY), SPF and DKIM have to pass and the return path to be theirs.
    """
    if verdicts.get("virus") == _FAILED or verdicts.get("spam") == _FAILED:
        return "Amazon takes it for spam, or for something harmful."
    if len(writers) != 1:
        return "It does not say who wrote it, or names several."
    if verdicts.get("dmarc") == "PASS":
        return None
    has_passed = verdicts.get("spf") == verdicts.get("dkim") == "PASS"
    if verdicts.get("dmarc") != _FAILED and has_passed and _domain(return_path) == _domain(writers[0]):
        return None
    return f"Nothing proves that {writers[0]} sent it: anybody can write an address into an e-mail."


def _domain(address: str) -> str:
    return address.strip("<> ").rpartition("@")[2].lower()
