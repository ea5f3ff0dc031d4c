"""Slots put together say what Liquid says, SES finds no syntax of its own in them, and nobody's words become HTML."""

import re
from html import unescape

import pytest
from hypothesis import example, given, reject
from hypothesis import strategies as st

from app.domain.rendering import EmailTemplate, TextTemplate, render_text, substitute
from app.domain.template_language import MAX_OUTPUT_BYTES, TemplateError, parse_part

ADA = {"first_name": "Ada", "last_name": "O'Neil & <b>Söhne</b>", "city": "Pune", "kids": ["Mia", "Tom"], "level": 3}
FRAGMENTS = [
    "Hello ", "<p>&amp; {</p>", "}", "}}", "\\", "@media x{.a{b:c}}", "\n", " ", "{% raw %}{{ s0 }}{% endraw %}",
    "{{ first_name }}", "{{- last_name -}}", '{{ first_name | default: "there" | upcase }}', "{{ nothing }}", "{{ greeting }}",
    "{% assign greeting = first_name | append: '!' %}", "{% capture greeting %}<i>{{ last_name }}</i>{% endcapture %}",
    "{% if first_name == 'Ada' %}<b>{{ last_name }}</b>{% else %}you{% endif %}", "{% unless first_name %} {% endunless %}",
    "{% for kid in kids %}{{ kid }}{% unless forloop.last %}, {% endunless %}{% endfor %}", "{% cycle 'a', 'b' %}",
    "{% comment %}{{ x }}{% endcomment %}", "{% # a note %}", "{% doc %}a note{% enddoc %}",
]  # fmt: skip
sources = st.lists(st.sampled_from(FRAGMENTS), max_size=8).map("".join)
typed = st.text(alphabet=st.sampled_from("ab {}\\<>&\"'\n\r\u2028%é"), max_size=8)
people = st.fixed_dictionaries({"first_name": typed, "last_name": typed, "kids": st.lists(typed, max_size=3)})


@given(sources, people)
@example("a{% raw %}{{ s0 }}{% endraw %}{{ first_name }}", {"first_name": "{{s0}}", "last_name": "", "kids": []})
def test_slots_put_in_place_say_what_liquid_says(source, person):
    template = _parsed_or_rejected(source)

    rendered = template.render(person)

    assert _with_plain_line_ends(rendered.html) == parse_part(source, "html", is_html=True).render(**person)
    assert _with_plain_line_ends(rendered.text) == parse_part(source, "text").render(**person)


def _with_plain_line_ends(text: str) -> str:
    """Liquid's own buffer rewrites carriage returns, ours leaves what people typed."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


@given(sources, people)
def test_a_subject_is_one_line_whatever_people_typed(source, person):
    subject = _parsed_or_rejected(source).render(person).subject

    assert len(subject.splitlines()) <= 1
    assert not set(subject) & set("\r\n\0")


@given(sources)
def test_ses_finds_no_syntax_but_our_slots(source):
    template = _parsed_or_rejected(source)

    for body in (template.subject, template.html, template.text):
        around_slots = re.split(r"\{\{s\d+\}\}", body)
        assert not any(re.search(r"[\\{}]{2}", static) for static in around_slots)
        assert not any(static.endswith(("{", "\\")) for static in around_slots[:-1])
        assert not any(static.startswith("}") for static in around_slots[1:])


def _parsed_or_rejected(source: str) -> EmailTemplate:
    """Fragments put side by side may happen to be wrong Liquid ("{" before "{{"): those are no case."""
    try:
        return EmailTemplate.parse(source, source, source)
    except TemplateError:
        reject()


def test_an_email_is_static_once_and_personal_in_slots():
    template = EmailTemplate.parse("For {{ first_name }}", "<p>{{ last_name }}</p>", "{{ last_name }}")

    assert (template.subject, template.html, template.text) == ("For {{s0}}", "<p>{{s1}}</p>", "{{s2}}")
    assert template.slots_for(ADA) == {
        "s0": "Ada",
        "s1": "O&#39;Neil &amp; &lt;b&gt;Söhne&lt;/b&gt;",
        "s2": "O'Neil & <b>Söhne</b>",
    }
    assert all(type(value) is str for value in template.slots_for(ADA).values())


def test_braces_of_css_are_one_constant_slot_for_everybody():
    template = EmailTemplate.parse("x", "@media a{.b{c:d}} @media e{.f{g:h}}", "y")

    assert template.html == "@media a{.b{c:d{{s0}} @media e{.f{g:h{{s0}}"
    assert template.slots_for({}) == {"s0": "}}"}


def test_a_value_that_looks_like_a_slot_stays_words():
    template = EmailTemplate.parse("{{ first_name }}{{ last_name }}", "x", "x")

    assert substitute(template.subject, template.slots_for({"first_name": "{{s1}}", "last_name": "B"})) == "{{s1}}B"


def test_missing_fields_are_those_shown_blank_without_a_fallback():
    html = (
        "{{ first_name }}{{ nickname | default: 'you' }}{% if team %}{{ team }}{% endif %}{{ age }}{{ city }}{{ city }}{{ '' }}"
        "{% assign hollow = '' %}{{ hollow }}{% for kid in kids %}{{ kid }}{% endfor %}"
    )
    template = EmailTemplate.parse("{{ first_name }}", html, "{{ last_name | strip }}")

    assert template.missing_fields({"first_name": "Ada", "age": 0, "city": " ", "kids": [""]}) == ["city", "last_name"]
    assert template.missing_fields(ADA | {"age": 9}) == []


@pytest.mark.parametrize(
    ("source", "line", "words"),
    [
        ("fine\n{{ first_name", 2, "not closed: }} is missing"),
        ("{% if a %}\n{% endif %}\n{% if first_name %}open\n\nend", 3, "{% endif %} is missing"),
        ("{% if a %}open\nend", 1, "{% endif %} is missing"),
        ("{{ first_name }}\n{{ }}\n{{ last_name }}", 2, "the braces are empty"),
        ("{% if %}x{% endif %}", 1, "the braces are empty"),
        ("{{ first name }}", 1, "makes no sense"),
        ("{% endif %}", 1, "endif"),
        ("a\n{{ first_name | shout }}", 2, "shout"),
        ("a\n{% if x %}\n{{ first_name | shout }}{% endif %}", 3, "shout"),
        ("{% include 'other' %}", 1, "include"),
        ("a\n{{ '<script>' }}", 2, "HTML belongs outside"),
        ("""<p title="{{ x | default: 'a" onmouseover="b' }}">""", 1, "HTML belongs outside"),
        ("{{ first_name | safe }}", 1, "safe"),
    ],
)
def test_what_does_not_parse_names_part_and_line(source, line, words):
    with pytest.raises(TemplateError, match=re.escape(words)) as caught:
        EmailTemplate.parse("fine", source, "fine")

    assert (caught.value.part, caught.value.field, caught.value.line) == ("html", "html", line)
    assert caught.value.words in str(caught.value)


@pytest.mark.parametrize(
    "source",
    [
        "{% for a in (1..100000) %}x{% endfor %}",
        "{% for a in (1..1000) %}" + "x" * 500 + "{% endfor %}",
        "{% assign a = 'xxxxxxxxxxxxxxxx' %}" + "{% assign a = a | append: a %}" * 20,
        "{{ " + repr("a" * 100) + (" | replace: 'a', " + repr("a" * 100)) * 5 + " }}",
        "{% break %}",
        "{{ 1 | divided_by: 0 }}",
        "{{ 'soon' | date: 1, 2, 3 }}",
        "{{ '276000123456789012' | date: '%Y' }}",
    ],
)
def test_what_cannot_be_filled_in_fails_with_words_and_in_bounds(source):
    with pytest.raises(TemplateError):
        EmailTemplate.parse("x", "x", source).slots_for(ADA)
    with pytest.raises(TemplateError):
        render_text(source, ADA)


@pytest.mark.parametrize(
    "chain",
    [
        "", "append: '!'", "prepend: '!'", "capitalize", "downcase", "default: 'x'", "escape", "newline_to_br", "remove: 'x'",
        "replace: 'x', 'y'", "replace_first: 'x', 'y'", "slice: 0, 99", "squish", "strip_newlines", "truncate: 99", "truncatewords: 9",
        "url_encode", "split: ' '", "split: ' ' | first", "split: ' ' | last", "escape | split: ';'", "newline_to_br | upcase",
    ],
)  # fmt: skip
def test_no_filter_lets_a_participants_html_through(chain):
    hostile = "<script>x</script> &lt;script&gt; %3Cscript%3E"
    source = f"{{{{ first_name{' | ' + chain if chain else ''} }}}}"

    shown = EmailTemplate.parse("x", source, "x").render({"first_name": hostile}).html

    assert "<" not in shown.replace("<br />", "")
    assert shown


def test_a_captured_piece_is_escaped_once():
    source = "{% capture greeting %}<i>{{ last_name }}</i>{% endcapture %}{{ greeting }}"

    html = EmailTemplate.parse("x", source, "x").render(ADA).html

    assert unescape(html) == "<i>O'Neil & <b>Söhne</b></i>"
    assert html.count("<i>") == 1
    assert "<b>" not in html


def test_a_text_is_rendered_as_it_stands():
    template = TextTemplate.parse('Hi {{ first_name | default: "there" }}, {{ last_name }} {{ team }}')

    assert template.render(ADA) == "Hi Ada, O'Neil & <b>Söhne</b> "
    assert template.missing_fields(ADA) == ["team"]
    assert render_text("", ADA) == ""


def test_a_text_that_does_not_parse_says_so():
    with pytest.raises(TemplateError, match="Line 2") as caught:
        TextTemplate.parse("Hi\n{{ first_name")

    assert caught.value.part == "sms"


def test_one_persons_values_fit_what_ses_takes():
    assert MAX_OUTPUT_BYTES < 262_144
