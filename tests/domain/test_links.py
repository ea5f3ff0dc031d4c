"""Links pass by us, and nothing else of the mail changes."""

from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.links import add_pixel, rewrite_links


def numbered(number: int, _url: str) -> str:
    return f"{{{{ link_{number} }}}}"


@pytest.mark.parametrize(
    ("source", "rewritten", "urls"),
    [
        ('<a href="https://a.test/">a</a>', '<a href="{{ link_0 }}">a</a>', ["https://a.test/"]),
        ("<A class=x HREF='HTTP://a.test' id=y>", '<A class=x HREF="{{ link_0 }}" id=y>', ["HTTP://a.test"]),
        ("<a href=https://a.test/b?c=1>", '<a href="{{ link_0 }}">', ["https://a.test/b?c=1"]),
        ('<a href="https://a.test/?a=1&amp;b=2">', '<a href="{{ link_0 }}">', ["https://a.test/?a=1&b=2"]),
        ('<area\n href = " https://a.test ">', '<area\n href = "{{ link_0 }}">', ["https://a.test"]),
        ('<a href="https://a.test/b\r\n\tc">', '<a href="{{ link_0 }}">', ["https://a.test/bc"]),
        (
            '<a title="href=\'no\'" data-href="https://no.test" href="https://a.test">',
            '<a title="href=\'no\'" data-href="https://no.test" href="{{ link_0 }}">',
            ["https://a.test"],
        ),
        (
            'é\n<a href="https://a.test">1</a>\n<a href="https://b.test">2</a><a href="https://a.test">3</a>',
            'é\n<a href="{{ link_0 }}">1</a>\n<a href="{{ link_1 }}">2</a><a href="{{ link_0 }}">3</a>',
            ["https://a.test", "https://b.test"],
        ),
        (
            '{% if a <b %}{{ x | default: "<a>" }}{% endif %}<a href="https://a.test">',
            '{% if a <b %}{{ x | default: "<a>" }}{% endif %}<a href="{{ link_0 }}">',
            ["https://a.test"],
        ),
    ],
)
def test_web_links_are_replaced_and_counted_by_address(source, rewritten, urls):
    assert rewrite_links(source, numbered) == (rewritten, urls)


@pytest.mark.parametrize(
    "source",
    [
        '<a href="{{ unsubscribe_url }}">no more</a>',
        '<a href="https://a.test/{{ member_number }}">yours</a>',
        "<a href='https://a.test/{{ x | default: \"y\" }}'>yours</a>",
        '<a href="mailto:a@b.test">mail</a><a href="#top">up</a><a href>none</a><a name="x">anchor</a>',
        '<img src="https://a.test/a.png"><link href="https://a.test/a.css">',
        '<!-- <a href="https://a.test"> --><style>a[href="https://a.test"]{}</style>',
        "no HTML at all < & >",
        "",
    ],
)
def test_everything_else_is_left_alone(source):
    assert rewrite_links(source, numbered) == (source, [])


def test_a_new_address_is_escaped():
    rewritten, _ = rewrite_links('<a href="https://a.test">', lambda _number, url: f'{url}/?a=1&b="2"')

    assert rewritten == '<a href="https://a.test/?a=1&amp;b=&quot;2&quot;">'


addresses = st.text(alphabet="ab/?&=%é\"'<>", max_size=8).map("https://a.test/{}".format)


@given(st.lists(addresses, max_size=4), st.text(alphabet="ab \n&é", max_size=6))
def test_links_written_back_give_the_same_mail(urls, between):
    source = between.join(f'<p>{between}<a class="x" href="{escape(url)}">{escape(url)}</a></p>' for url in urls)

    assert rewrite_links(source, lambda _number, url: url) == (source.replace("&#x27;", "&#x27;"), list(dict.fromkeys(urls)))


@pytest.mark.parametrize(
    ("source", "end"),
    [("<p>a</p>", ""), ("<body><p>a</p></body></html>", "</body></html>"), ("<body><p>a</p></BODY>", "</BODY>")],
)
def test_the_pixel_stands_at_the_very_end_of_the_body(source, end):
    with_pixel = add_pixel(source, "https://o.test/?a=1&b=2")

    assert with_pixel.startswith(source.removesuffix(end))
    assert with_pixel.endswith('style="display:block;border:0">' + end)
    assert 'src="https://o.test/?a=1&amp;b=2"' in with_pixel
