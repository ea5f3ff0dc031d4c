"""Personal words at bulk speed: what is the same for everybody is said once, and each person brings only their own.

An e-mail goes out as a template with `{{s0}}` substitutions, the only kind that an inline SES template takes, and
one dictionary of values a person. The values are rendered here: SES knows no Liquid and escapes nothing.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby

from liquid import BoundTemplate, RenderContext, escape
from liquid.ast import Node
from liquid.builtin.content import ContentNode
from liquid.builtin.tags.assign_tag import AssignNode
from liquid.builtin.tags.capture_tag import CaptureNode
from liquid.builtin.tags.comment_tag import CommentNode
from liquid.builtin.tags.doc_tag import DocNode
from liquid.builtin.tags.inline_comment_tag import InlineCommentNode

from app.domain.template_language import (
    RENDER_FAULTS,
    FieldNode,
    blank_fields,
    lone_field,
    new_buffer,
    new_context,
    parse_part,
    template_error,
)

Fields = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class RenderedEmail:
    """One person's e-mail, whole."""

    subject: str
    html: str
    text: str


@dataclass(frozen=True, slots=True)
class EmailTemplate:
    """A parsed e-mail: `subject`, `html` and `text` for everybody, with `{{s0}}` where `slots_for` has each person's words.

    Parse once a send-out, render once a person. Each part is its own template: what one assigns, another does not see.
    """

    subject: str
    html: str
    text: str
    _parts: tuple["_Part", ...]
    _constants: Mapping[str, str]

    @classmethod
    def parse(cls, subject: str, html: str, text: str) -> "EmailTemplate":
        """Read all three parts; raises TemplateError with the part ("subject", "html" or "text") and line at fault."""
        slots = _SlotNames()
        parts = (
            _Part.parse(" ".join(subject.splitlines()), "subject", slots, clean=_one_line),
            _Part.parse(html, "html", slots, is_html=True),
            _Part.parse(text, "text", slots),
        )
        subject_body, html_body, text_body = (part.body for part in parts)
        return cls(subject_body, html_body, text_body, parts, slots.constants)

    def slots_for(self, fields: Fields) -> dict[str, str]:
        """One person's value for every slot, escaped for the part it stands in; raises TemplateError."""
        values = dict(self._constants)
        for part in self._parts:
            part.fill(values, fields)
        return values

    def missing_fields(self, fields: Fields) -> list[str]:
        """The fields that this person's mail would show blank and that have no fallback; each once, in order."""
        blanks = (name for part in self._parts for name in part.fill({}, fields))
        return list(dict.fromkeys(blanks))

    def render(self, fields: Fields) -> RenderedEmail:
        """The whole e-mail, as the recipient gets it: for previews, and for mails that travel alone."""
        values = self.slots_for(fields)
        return RenderedEmail(*(substitute(part.body, values) for part in self._parts))


@dataclass(frozen=True, slots=True)
class TextTemplate:
    """A parsed text message."""

    _source: str
    _template: BoundTemplate

    @classmethod
    def parse(cls, source: str) -> "TextTemplate":
        """Read the text; raises TemplateError with part "sms" and its line."""
        return cls(source, parse_part(source, "sms"))

    def render(self, fields: Fields) -> str:
        """One person's text; raises TemplateError."""
        return self._rendered(new_context(self._template, fields))

    def missing_fields(self, fields: Fields) -> list[str]:
        """The fields that this person's text would show blank and that have no fallback; each once, in order."""
        context = new_context(self._template, fields)
        self._rendered(context)
        return list(dict.fromkeys(blank_fields(context)))

    def _rendered(self, context: RenderContext) -> str:
        with _faults_named(self._source, "sms"):
            return _render(self._template.nodes, context)


def render_text(source: str, fields: Fields) -> str:
    """One text for one person; parse a TextTemplate instead where there are many."""
    return TextTemplate.parse(source).render(fields)


def substitute(body: str, values: Mapping[str, str]) -> str:
    """What SES makes of a template's part: each `{{slot}}` replaced by its value, once."""
    return _SLOT.sub(lambda slot: values[slot[1]], body)


def _one_line(value: str) -> str:
    """Nothing that a person typed may end a header."""
    return value if value.isprintable() else _CONTROLS.sub(" ", value)


_SLOT = re.compile(r"\{\{(s\d+)\}\}")
_CONTROLS = re.compile("[\x00-\x1f\x7f\x85\u2028\u2029]+")
# To SES, two braces open a substitution, a third escapes nothing, and a backslash disarms what follows; so neither
# stands next to its like, or at an edge, where the next thing may be a slot of ours. CSS is full of "}}".
_LOADED = re.compile(r"(\A[\\{}]+|[\\{}]{2,}|[\\{}]+\Z)")


class _SlotNames:
    """Names for the slots of one e-mail, over all its parts; a constant has one name however often it occurs."""

    def __init__(self) -> None:
        self._count = 0
        self._by_text: dict[str, str] = {}

    @property
    def constants(self) -> dict[str, str]:
        return {name: text for text, name in self._by_text.items()}

    def fresh(self) -> str:
        self._count += 1
        return f"s{self._count - 1}"

    def for_constant(self, text: str) -> str:
        if text not in self._by_text:
            self._by_text[text] = self.fresh()
        return self._by_text[text]


@dataclass(frozen=True, slots=True)
class _Part:
    """One part: its body for everybody, and the nodes behind each slot; a slot of None only runs (assign).

    `fields` are the slots' fields by name where every slot is one field alone, with a fallback at most: most parts are like that.
    """

    name: str
    source: str
    body: str
    template: BoundTemplate
    slots: tuple[tuple[str | None, tuple[Node, ...]], ...]
    fields: tuple[tuple[str, str], ...]
    clean: Callable[[str], str]
    is_html: bool

    @classmethod
    def parse(cls, source: str, name: str, names: _SlotNames, *, is_html: bool = False, clean: Callable[[str], str] = str) -> "_Part":
        template = parse_part(source, name, is_html=is_html)
        body: list[str] = []
        slots: list[tuple[str | None, tuple[Node, ...]]] = []
        for is_static, nodes in _runs(template.nodes):
            if is_static:
                body.append(_disarmed("".join(map(str, nodes)), names))
                continue
            slot = names.fresh() if any(not isinstance(node, _SILENT) for node in nodes) else None
            slots.append((slot, nodes))
            body.append(f"{{{{{slot}}}}}" if slot else "")
        return cls(name, source, "".join(body), template, tuple(slots), _lone_fields(slots), clean, is_html)

    def fill(self, values: dict[str, str], fields: Fields) -> list[str]:
        """Put one person's values in, in order and in one context; returns the blank fields met on the way."""
        if not self.slots or self._fill_plainly(values, fields):
            return []
        context = new_context(self.template, fields)
        with _faults_named(self.source, self.name):
            for slot, nodes in self.slots:
                value = _render(nodes, context)
                if slot:
                    values[slot] = self.clean(value)
        return blank_fields(context)

    def _fill_plainly(self, values: dict[str, str], fields: Fields) -> bool:
        """Without Liquid, where this person has words for every field; False when Liquid must say what stands there instead."""
        for slot, name in self.fields:
            value = fields.get(name)
            if type(value) is not str or not value or value.isspace():
                return False
            values[slot] = (value if value.isalnum() else str(escape(value))) if self.is_html else self.clean(value)
        return bool(self.fields)


_SILENT = (AssignNode, CaptureNode)
_COMMENTS = (CommentNode, DocNode, InlineCommentNode)


def _runs(nodes: Iterable[Node]) -> Iterator[tuple[bool, tuple[Node, ...]]]:
    """Neighbours of one kind together: static text, and what differs from person to person."""
    spoken = (node for node in nodes if not isinstance(node, _COMMENTS))
    for is_static, run in groupby(spoken, key=lambda node: isinstance(node, ContentNode)):
        yield is_static, tuple(run)


def _lone_fields(slots: Sequence[tuple[str | None, tuple[Node, ...]]]) -> tuple[tuple[str, str], ...]:
    """The field behind each slot; none at all when there is more to one of them, which might change what the next one means."""
    named = [(slot, lone_field(nodes[0]) if len(nodes) == 1 else None) for slot, nodes in slots]
    found = [(slot, name) for slot, name in named if slot is not None and name is not None]
    return tuple(found) if len(found) == len(slots) else ()


def _disarmed(static: str, names: _SlotNames) -> str:
    """Static text in which SES finds no syntax: what it could take for some becomes a slot."""
    pieces = _LOADED.split(static)
    pieces[1::2] = [f"{{{{{names.for_constant(loaded)}}}}}" for loaded in pieces[1::2]]
    return "".join(pieces)


def _render(nodes: Sequence[Node], context: RenderContext) -> str:
    """The nodes' output. Most slots are a lone field, which needs no buffer."""
    if len(nodes) == 1 and isinstance(nodes[0], FieldNode):
        return nodes[0].value_in(context)
    buffer = new_buffer()
    for node in nodes:
        node.render(context, buffer)
    return buffer.getvalue()


@contextmanager
def _faults_named(source: str, part: str) -> Iterator[None]:
    try:
        yield
    except RENDER_FAULTS as error:
        raise template_error(error, source, part) from error
