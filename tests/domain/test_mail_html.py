"""What a mail may hold, and what it says in plain text; Liquid comes through both unharmed."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.mail_html import as_document, clean_html, text_from_html
from app.domain.rendering import EmailTemplate


@pytest.mark.parametrize(
    ("source", "cleaned"),
    [
        ("<p onclick=x()>a</p>", "<p>a</p>"),
        ("a<script>alert(1)</script>b", "ab"),
        ("<form action=x><input name=y>a</form>", "a"),
        ('<iframe src="https://a.test"></iframe>a', "a"),
        ('<a href="javascript:alert(1)">a</a>', "<a>a</a>"),
        ('<a href="data:text/html,x">a</a>', "<a>a</a>"),
        ("<svg><a href=x>b</a></svg>c", "c"),
        ("<html><head><title>t</title></head><body>a</body></html>", "a"),
    ],
)
def test_whatever_acts_goes(source, cleaned):
    assert clean_html(source) == cleaned


@pytest.mark.parametrize(
    "source",
    [
        '<table width="600" cellpadding="0" align="center" bgcolor="#fff"><tbody><tr><td style="padding:0">a</td></tr></tbody></table>',
        "<style>@media (max-width:600px){.a{width:100%}}</style>",
        '<img src="cid:logo" alt="Logo" width="10">',
        '<a href="mailto:a@b.test?subject=x">a</a>',
        "<!--[if mso]><table><tr><td><![endif]-->a<!--[if mso]></td></tr></table><![endif]-->",
        '<a href="{{ unsubscribe_url }}">no more</a>',
        "{% if age > 17 %}adult{% endif %}",
        "<table><tbody>{% for kid in kids %}<tr><td>{{ kid }}</td></tr>{% endfor %}</tbody></table>",
        "<!-- {{ note }} -->a",
        "<style>.a{color:{{ colour }}}</style>",
        '<a title="a &gt; b" href="https://a.test/?n={{ first_name }}">a</a> {{ first_name }}',
    ],
)
def test_whatever_mails_need_stays(source):
    assert clean_html(source) == source


@pytest.mark.parametrize("quote", ['"', "'"])
def test_a_field_beside_a_bracket_in_quotes_stays_whole(quote):
    source = f"<a title={quote}a > b{quote} href={quote}https://a.test/?n={{{{ name }}}}{quote}>a</a>"

    assert clean_html(source) == '<a title="a &gt; b" href="https://a.test/?n={{ name }}">a</a>'


def test_liquid_that_an_editor_has_escaped_is_readable_again():
    assert clean_html("{{ first_name | default: &quot;there&quot; }}") == '{{ first_name | default: "there" }}'
    assert clean_html("{% if a &gt; 1 %}b{% endif %}") == "{% if a > 1 %}b{% endif %}"


@pytest.mark.parametrize(
    "source",
    [
        "{% comment %}{{{% endcomment %}<script>x</script>{% comment %}}}{% endcomment %}",
        "{% raw %}{{{% endraw %}<script>x</script>{% raw %}}}{% endraw %}",
        "{{ '<script>x</script>' }}",
        "{{ &lt;script&gt; }}",
        '<p title="{% comment %}{{{% endcomment %}" onclick="x" {% comment %}}}{% endcomment %}">a</p>',
        "\ue0000\ue001<script>x</script>",
        "<!--\ue0000\ue001--><script>x</script>{{ a }}",
    ],
)
def test_braces_smuggle_nothing_past_the_sanitiser(source):
    cleaned = clean_html(source)

    assert "<script" not in cleaned
    assert "onclick" not in cleaned


@given(st.text(alphabet="ab<>/\"'={}%! -&;\ue000\ue0010\n", max_size=40))
def test_cleaning_twice_changes_nothing(source):
    once = clean_html(source)

    assert clean_html(once) == once


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<h1>Camp</h1><p>Dear   parents,<br>bring &amp; share.</p>", "Camp\n\nDear parents,\nbring & share.\n"),
        ("<ul><li>boots</li><li>hat</li></ul>", "- boots\n- hat\n"),
        ('<p>See <a href="https://a.test">the plan</a>.</p>', "See the plan (https://a.test).\n"),
        ('<a href="https://a.test">https://a.test</a>', "https://a.test\n"),
        ('<a href="mailto:a@b.test">a@b.test</a> <a href="#top">up</a></a>', "a@b.test up\n"),
        ('<a href="https://a.test"><img src="x.png"></a>', "https://a.test\n"),
        ('<a href="https://a.test"><img src="x.png" alt="Shop"></a>', "Shop (https://a.test)\n"),
        ("<table><tr><td>one</td><td>two</td></tr><tr><td>three</td></tr></table>", "one two\nthree\n"),
        ("<head><title>t</title><style>a{}</style></head><script>x</script></script>a", "a\n"),
        (
            '<p>Hi {{ first_name | default: "there" }}, {% if a > 1 %}<b>you</b>{% endif %}</p>',
            'Hi {{ first_name | default: "there" }}, {% if a > 1 %}you{% endif %}\n',
        ),
        ('<a href="{{ unsubscribe_url }}">No more</a>', "No more ({{ unsubscribe_url }})\n"),
        ("<ul><li><p>boots</p></li><li><p>hat</p></li></ul>", "- boots\n\n- hat\n"),
        ("a<br><br><br>b<div>c</div><div><div>d</div></div>", "a\n\nb\nc\nd\n"),
        ("<!-- note -->", "\n"),
    ],
)
def test_plain_text_says_what_the_html_says(source, text):
    assert text_from_html(source) == text


@given(st.text(max_size=60))
def test_any_text_becomes_plain_without_runs_of_blank_lines(source):
    assert not re.search(r"\n{3}", text_from_html(source))


def test_a_document_has_its_frame_and_still_parses():
    document = as_document("<p>{{ first_name }}</p>", language="fr")

    assert document.startswith('<!DOCTYPE html>\n<html lang="fr">')
    assert "<p>Ada</p>" in EmailTemplate.parse("x", document, "x").render({"first_name": "Ada"}).html
