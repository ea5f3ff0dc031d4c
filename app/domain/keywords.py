"""Words in a text that people and carriers act on (providers.md 4.7, product.md section 5)."""

import re
import unicodedata
from enum import StrEnum


class Keyword(StrEnum):
    """What a received text asks for."""

    NONE = "none"
    STOP = "stop"
    START = "start"
    HELP = "help"
    LIKELY_STOP = "likely_stop"


def read_keyword(body: str, opt_out_type: str | None = None, *, is_opted_out: bool = False, is_toll_free: bool = False) -> Keyword:
    """What a text asks for; LIKELY_STOP is for a person to decide, every other value may be acted on.

    Twilio's own verdict (`opt_out_type`) is believed over any word. YES starts again only somebody who is opted out,
    and never on a toll-free number, where the network itself lifts a block for START and UNSTOP alone.
    White space, case, accents and punctuation do not matter.
    """
    if opt_out_type in _VERDICTS:
        return _VERDICTS[opt_out_type]
    said = plain_words(body)
    if said == "yes":
        return Keyword.START if is_opted_out and not is_toll_free else Keyword.NONE
    if said in _KEYWORDS:
        return _KEYWORDS[said]
    if _CERTAIN.fullmatch(said):
        return Keyword.STOP
    return Keyword.LIKELY_STOP if _is_likely_stop(said) else Keyword.NONE


def invites_opt_out(text: str) -> str | None:
    """What goes wrong if people answer as this text asks them to, in words for its author; None if nothing.

    "Reply STOP to opt out" is meant, and passes; "Reply CANCEL to cancel your place" opts people out of everything,
    and a YES opts those in who had said STOP. Of "Reply YES, NO or CANCEL" every word counts.
    """
    asked = [word for invitation in _INVITATION.finditer(text) for word in _offered(invitation["words"])]
    out, back_in = _named(asked, _OPT_OUT_WORDS), _named(asked, _OPT_IN_WORDS)
    wrong = []
    if out:
        wrong.append(f"Phone networks take {out} as STOP: whoever answers so gets no more texts from you.")
    if back_in:
        wrong.append(f"An answer of {back_in} also signs people up again who had texted STOP.")
    return " ".join([*wrong, "Ask for another word."]) if wrong else None


def plain_words(body: str) -> str:
    """Lower case without accents; everything but letters and digits is one space."""
    letters = unicodedata.normalize("NFKD", body).casefold()
    unaccented = "".join(character for character in letters if not unicodedata.combining(character))
    return " ".join(re.findall(r"[^\W_]+", unaccented))


def _offered(words: str) -> list[str]:
    """The answers that are offered, upper case. In "by Friday or cancel online" the second is none: the first is no answer either."""
    found: list[str] = _OFFER.findall(words)
    are_answers = any(each.isupper() or each.isdigit() or each.lower() in _PLAIN_ANSWERS for each in found[:1])
    return [each.upper() for place, each in enumerate(found) if place == 0 or are_answers or each.isupper()]


def _named(asked: list[str], words: frozenset[str]) -> str:
    return " and ".join(f"“{word}”" for word in dict.fromkeys(asked) if word in words)


def _is_likely_stop(said: str) -> bool:
    if _CERTAIN.search(said) or _STRONG_WORD.search(said):
        return True
    return _WEAK_WORD.search(said) is not None and (len(said.split()) <= _FEW_WORDS or _OF_TEXTS.search(said) is not None)


_VERDICTS = {"STOP": Keyword.STOP, "START": Keyword.START, "HELP": Keyword.HELP}

# Twilio's own, then what its words are in the other languages that we write in.
_STOP_WORDS = (
    "stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout", "stop all", "opt out", "unsubscribe me",
    "arret", "arreter", "arretez", "desabonner", "desabonnement", "me desabonner", "desinscrire", "desinscription", "me desinscrire",
    "baja", "alto", "parar", "dar de baja", "darme de baja", "cancelar suscripcion",
    "stopp", "abmelden", "abbestellen", "austragen",
)  # fmt: skip
_HELP_WORDS = ("help", "info", "aide", "ayuda", "hilfe")
_KEYWORDS = (
    dict.fromkeys(_STOP_WORDS, Keyword.STOP) | dict.fromkeys(("start", "unstop"), Keyword.START) | dict.fromkeys(_HELP_WORDS, Keyword.HELP)
)

# Whole sentences that leave no doubt. Words as `plain_words` leaves them: "don't" is "don t".
_ENGLISH = (
    r"(stop|quit) (texting|messaging|contacting|spamming|bothering)( me| us)?",
    r"(stop|quit) sending( me| us)?( any| these| more)? (texts?|messages?|sms)",
    r"(do not|don t|dont|never) (text|message|contact)( me| us)?",
    r"(do not|don t|dont) send( me| us)?( any)?( more)? (texts?|messages?|sms)",
    r"no more (texts?|messages?|sms)",
    r"(stop|quit)( all)?( of)?( these| the| your| any)?( more)? (texts?|messages?|sms)",
    r"i (do not|don t|dont) want( to (get|receive))?( any| these| your)?( more)? (texts?|messages?|sms)",
    r"(remove|delete) (me|my number|this number)( from (your|this|the|any) lists?)?",
    r"take (me|my number|this number) off( of)?( your| this| the)? lists?",
    r"unsubscribe (me|us)( from .+)?",
    r"opt me out",
    r"i (want|would like|d like|wish) to (unsubscribe|opt out)",
)
_FRENCH = (
    r"arretez? de m (envoyer|ecrire)( des| vos| ces)?( sms| messages| textos)?",
    r"(ne m envoyez|n envoyez) plus( de| rien)?( sms| messages| textos)?",
    r"ne m ecrivez plus",
    r"(desabonnez|desinscrivez|retirez|supprimez) moi( de (votre|cette|la) liste)?",
)
_SPANISH = (
    r"no me (envien|envie|manden|mande) mas( sms| mensajes| textos)?",
    r"(dejen|deje|paren) de (enviarme|mandarme|escribirme)( sms| mensajes)?",
    r"(denme|deme) de baja",
    r"quiero darme de baja",
    r"no mas (sms|mensajes)",
    r"no quiero( recibir)? mas (sms|mensajes)",
)
_GERMAN = (
    r"keine (sms|nachrichten|texte)( mehr)?( schicken| senden)?",
    r"(schicken sie|schickt|schreiben sie|schreibt) mir (nichts|nicht|keine sms|keine nachrichten) mehr",
    r"(hort|horen sie) auf mir zu (schreiben|texten)",
    r"(melden sie|meldet) mich ab",
    r"(nehmen sie|nehmt) mich (von|aus) (der|ihrer|eurer) liste",
)
_POLITE = r"(please|pls|plz|just|ok|thanks|thank you|anymore|again|now|bitte|danke|svp|s il vous plait|merci|por favor|gracias)"
_CERTAIN = re.compile(rf"\b(?:{_POLITE} )*(?:{'|'.join(_ENGLISH + _FRENCH + _SPANISH + _GERMAN)})(?: {_POLITE})*\b")

_STRONG_WORD = re.compile(r"\b(unsubscribe|stopall|optout|opt out|desabonner|desinscrire|abmelden|abbestellen|darme de baja)\b")
_OF_TEXTS = re.compile(r"\b(texts?|texting|messages?|messaging|sms|textos?|mensajes?|nachrichten)\b")
_WEAK_WORD = re.compile(r"\b(stop|stopp|cancel|quit|revoke|arret|arreter|arretez|annuler|baja|cancelar|parar|kundigen)\b")
_FEW_WORDS = 3

_OPT_IN_WORDS = frozenset({"YES", "START", "UNSTOP"})
_OPT_OUT_WORDS = frozenset({"CANCEL", "END", "QUIT", "REVOKE"})
_PLAIN_ANSWERS = frozenset({"yes", "no", "ok", "y", "n", "stop", "start", "unstop", "cancel", "end", "quit", "revoke"})
_QUOTES = "[\"'“”‘’«»„*]*"  # noqa: RUF001
_OFFER = re.compile(r"\b(?!(?:or|ou|oder|o|and)\b)\w+")
_OR = r"(?:\s*[,/|]\s*(?:(?:or|ou|oder|o|and)\s+)?|\s+(?:or|ou|oder|o|and)\s+)"
# The words stand in a look-ahead, so that one invitation may begin inside another's: "reply YES or text CANCEL".
_INVITATION = re.compile(
    r"\b(?:reply|respond|answer|text|txt|write|send|say|r[ée]pondez|envoyez|responda|responde|env[ií]e|antworten sie|antwortet?|schreibt?)"
    r"(?=(?:\s+(?:back|us|me|with|by|mit|con|par|avec|either))*[\s:]+"
    rf"(?P<words>{_QUOTES}\w+{_QUOTES}(?:{_OR}{_QUOTES}\w+{_QUOTES}){{0,9}}))",
    re.IGNORECASE,
)
