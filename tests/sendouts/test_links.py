"""Links are checked for their form, and only those that cannot lead anywhere are named."""

import pytest

from app.sendouts.reviewing.links import doubtful_links


@pytest.mark.parametrize(
    "href",
    [
        "https://club.example/camp?a=1", "http://club.example", "mailto:bob@club.example?subject=Hi", "tel:+44 20 7946 0000",
        "sms:+442079460000", "#top", "{{ link }}", "https://club.example/{{ member_number }}",
    ],
)  # fmt: skip
def test_links_that_lead_somewhere_pass(href):
    assert doubtful_links(f'<a href="{href}">x</a>') == []


@pytest.mark.parametrize(
    ("href", "sentence"),
    [
        ("www.club.example", "Do you mean https://www.club.example?"),
        ("camp.html", "lacks its beginning"),
        ("/camp", "lacks its beginning"),
        ("https://https://club.example", "is not complete"),
        ("https://club", "is not complete"),
        ("https://[club", "is not complete"),
        ("http://127.0.0.1/x", "your own computer"),
        ("", "leads nowhere"),
        ("mailto:bob", "not an e-mail address"),
        ("tel:12", "not a phone number"),
    ],
)
def test_links_that_lead_nowhere_are_named(href, sentence):
    (doubt,) = doubtful_links(f'<p><a href="{href}">x</a> and again <a href="{href}">y</a></p>')

    assert sentence in doubt
