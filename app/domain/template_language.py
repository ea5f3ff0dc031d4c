"""The language of fields in subjects, mails and texts: a small, bounded part of Liquid, with errors that name their line.

Authors are trusted with words, not with the worker's memory or with marking what participants typed as safe HTML:
so only the tags and filters below exist, and loops, output and variables are bounded.
"""

import re
from collections.abc import Iterator
from io import StringIO
from typing import Any

from liquid import BoundTemplate, Environment, RenderContext, Token
from liquid.ast import Node
from liquid.builtin.expressions import FilteredExpression, Path, StringLiteral
from liquid.builtin.filters.string import replace
from liquid.builtin.output import Output, OutputNode
from liquid.exceptions import FilterArgumentError, LiquidError, LiquidInterrupt, LiquidSyntaxError
from liquid.expression import Expression
from liquid.output import LimitedStringIO
from liquid.stringify import to_liquid_string

from app.lib.errors import Invalid

MAX_OUTPUT_BYTES = 200_000  # SES takes 262,144 characters of values for one person, all slots together
_MAX_LOOP_TURNS = 1_000
_MAX_VARIABLE_BYTES = 200_000

_TAGS = frozenset({"if", "unless", "case", "for", "break", "continue", "assign", "capture", "cycle", "comment", "doc", "#"})
_PSEUDO_TAGS = frozenset({"content", "output", "illegal"})
_FILTERS = frozenset(
    {
        *("append", "capitalize", "default", "downcase", "escape", "lstrip", "newline_to_br", "prepend", "remove", "remove_first"),
        *("replace", "replace_first", "rstrip", "slice", "squish", "strip", "strip_html", "strip_newlines", "truncate", "truncatewords"),
        *("upcase", "url_encode", "split", "first", "last", "size", "date"),
        *("abs", "at_least", "at_most", "ceil", "divided_by", "floor", "minus", "modulo", "plus", "round", "times"),
    }
)
_BLANK_FIELDS = "blank_fields"


class TemplateError(Invalid):
    """A part that cannot be read or filled in: which part, on which of its lines, and why."""

    def __init__(self, words: str, part: str, line: int) -> None:
        super().__init__(f"Line {line}: {words}", field=part)
        self.words = words
        self.part = part
        self.line = line


class FieldNode(OutputNode):
    """An output that notes the field it is about when a person has nothing there and no fallback is given."""

    __slots__ = ()

    def value_in(self, context: RenderContext) -> str:
        """What this output shows, escaped where the part is HTML."""
        text = to_liquid_string(self.expression.evaluate(context), context.autoescape)
        if not text or text.isspace():
            self._note_blank(context)
        return text

    def render_to_output(self, context: RenderContext, buffer: Any) -> int:
        """Write the value; python-liquid's own name for it."""
        written: int = buffer.write(self.value_in(context))
        return written

    def _note_blank(self, context: RenderContext) -> None:
        field = getattr(self.expression, "left", None)
        has_fallback = any(each.name == "default" for each in getattr(self.expression, "filters", None) or ())
        if isinstance(field, Path) and not has_fallback and _is_given(str(field.head()), context):
            context.tag_namespace.setdefault(_BLANK_FIELDS, []).append(str(field))


def lone_field(node: Node) -> str | None:
    """The field that a node shows as it is, with a fallback at most; None for everything that does more."""
    if not isinstance(node, FieldNode) or not isinstance(node.expression, FilteredExpression):
        return None
    path, filters = node.expression.left, node.expression.filters or ()
    if not isinstance(path, Path) or len(path.path) != 1 or not isinstance(path.head(), str):
        return None
    return str(path.head()) if all(each.name == "default" for each in filters) else None


def _is_given(name: str, context: RenderContext) -> bool:
    """Whether a name stands for a person's field, and not for something that the template made up."""
    return name not in context.locals and (name in context.globals or not context.loops)


class _FieldTag(Output):
    node_class = FieldNode


class _Language(Environment):
    loop_iteration_limit = _MAX_LOOP_TURNS
    local_namespace_limit = _MAX_VARIABLE_BYTES
    output_stream_limit = MAX_OUTPUT_BYTES

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        super().setup_tags_and_filters(extra=extra)
        self.add_tag(_FieldTag)
        self.tags = {name: tag for name, tag in self.tags.items() if name in _TAGS | _PSEUDO_TAGS}
        self.filters = {name: filter_ for name, filter_ in self.filters.items() if name in _FILTERS}
        self.filters["replace"] = _bounded_replace


def _bounded_replace(text: object, old: object, new: object = "") -> str:
    """Replacing a letter by a page, some times over, would fill any memory: no limit of python-liquid's stops it."""
    if len(str(text)) * len(str(new)) > MAX_OUTPUT_BYTES:
        raise FilterArgumentError("this replacement becomes too long", token=None)
    replaced: str = replace(text, old, new)
    return replaced


_PLAIN = _Language()
_HTML = _Language(autoescape=True)


def parse_part(source: str, part: str, *, is_html: bool = False) -> BoundTemplate:
    """The compiled part; raises TemplateError for what cannot be read, and for what would only fail with the first person."""
    language = _HTML if is_html else _PLAIN
    try:
        template = language.from_string(source)
        for node in template.nodes:
            _check(node, RenderContext(template), is_html=is_html)
    except LiquidError as error:
        line = _line_of(error, source) or _first_line_of_open_end(source, language)
        raise TemplateError(_reason(error), part, line) from error
    return template


def new_context(template: BoundTemplate, fields: Any) -> RenderContext:
    """One person's variables for one part; nodes rendered in it in order see each other's assignments."""
    return RenderContext(template, globals=fields)


def new_buffer() -> StringIO:
    """Where nodes write to; raises when it grows past MAX_OUTPUT_BYTES."""
    return LimitedStringIO(limit=MAX_OUTPUT_BYTES, newline="\n")  # its default would rewrite what people typed


def blank_fields(context: RenderContext) -> list[str]:
    """The fields that were shown blank so far, each as often as it was."""
    noted: list[str] = context.tag_namespace.get(_BLANK_FIELDS, [])
    return noted


RENDER_FAULTS = (LiquidError, LiquidInterrupt, ValueError, TypeError, ArithmeticError, OSError)  # OSError: of the platform's dates


def template_error(error: Exception, source: str, part: str) -> TemplateError:
    """Any of RENDER_FAULTS in an author's words."""
    return TemplateError(_reason(error), part, _line_of(error, source) or 1)


def _reason(error: Exception) -> str:
    """What is wrong, for somebody who chose a field and knows no template language."""
    told = str(error.message if isinstance(error, LiquidError) else error)
    plain = (found.expand(words) for pattern, words in _IN_PLAIN_WORDS if (found := pattern.match(told)))
    return next(plain, "what stands in these braces makes no sense. Take it out and put the personal field in again")


_IN_PLAIN_WORDS = (
    (re.compile(r"(HTML belongs outside of the braces)"), r"\1"),
    (re.compile(r"expected '([}%]})'"), r"braces are opened and not closed: \1 is missing"),
    (re.compile(r"expected tag (\w+)"), r"a part that depends on something is not closed: {% \1 %} is missing"),
    (re.compile(r"unexpected tag '(\w+)'"), r"there is nothing that “\1” could do here"),
    (re.compile(r"unknown filter '(\w+)'"), r"“\1” is nothing that can be done with a field"),
    (re.compile(r"missing expression|expected a primitive"), r"the braces are empty: a personal field belongs between them"),
)


def _line_of(error: Exception, source: str) -> int | None:
    token: Token | None = getattr(error, "token", None)
    if token is None or token.start_index < 0:
        return None
    return source.count("\n", 0, token.start_index) + 1


def _first_line_of_open_end(source: str, language: Environment) -> int:
    """Where that begins which the end of the source found open: the line after the most lines that can be read alone."""
    lines = source.split("\n")
    readable = (count for count in range(len(lines) - 1, 0, -1) if _can_be_read("\n".join(lines[:count]), language))
    return next(readable, 0) + 1


def _can_be_read(source: str, language: Environment) -> bool:
    try:
        language.from_string(source)
    except LiquidError:
        return False
    return True


_ENDS_TEXT = frozenset('<"')  # a tag begins, or the value of an attribute ends


def _check(node: Node, context: RenderContext, *, is_html: bool) -> None:
    """Raise for filters that do not exist, and for HTML inside braces, which no sanitiser sees."""
    for expression in node.expressions():
        for each in _with_children(expression):
            _check_filters(each, context.env)
            if is_html and isinstance(each, StringLiteral) and not _ENDS_TEXT.isdisjoint(each.value):
                raise LiquidSyntaxError("HTML belongs outside of the braces", token=each.token)
    for child in node.children(context):
        _check(child, context, is_html=is_html)


def _check_filters(expression: Expression, environment: Environment) -> None:
    if isinstance(expression, FilteredExpression):
        for each in expression.filters or ():
            each.validate_filter_arguments(environment)


def _with_children(expression: Expression) -> Iterator[Expression]:
    yield expression
    for child in expression.children():
        yield from _with_children(child)
