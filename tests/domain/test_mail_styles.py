"""Style sheets reach the elements, and fields stay as they are."""

from app.domain.mail_html import clean_html
from app.domain.mail_styles import in_column, inline_styles


def test_rules_of_a_sheet_are_written_into_the_elements_and_the_sheet_stays():
    inlined = inline_styles("<style>.lead{color:#c00}</style><p class='lead'>Hello</p>")

    assert "<style>.lead{color:#c00}</style>" in inlined
    assert 'style="color: #c00;"' in inlined


def test_fields_and_loops_come_through_as_they_were():
    source = '<style>td{padding:4px}</style><table>{% for child in about %}<tr><td>{{ child | default: "a" }}</td></tr>{% endfor %}</table>'

    inlined = inline_styles(source)

    assert '{{ child | default: "a" }}' in inlined
    assert inlined.index("{% for child in about %}") < inlined.index("<tr") < inlined.index("{% endfor %}")
    assert 'style="padding: 4px;"' in inlined


def test_a_mail_without_a_sheet_is_left_alone():
    source = clean_html("<p>Hello {{ first_name }}</p>")

    assert inline_styles(source) == source


def test_plain_words_stand_in_a_column():
    assert "max-width:600px" in in_column("<p>Hello</p>")


def test_a_mail_with_a_layout_of_its_own_is_left_alone():
    designed = "<table><tr><td>Hello</td></tr></table>"

    assert in_column(designed) == designed
