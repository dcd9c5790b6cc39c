"""How articles are written, and that nothing but their own elements can come of any text."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnichannel.knowledge.markup import plain, read, to_html

pytestmark = pytest.mark.unit
ELEMENTS = {"p", "br", "h2", "h3", "ul", "ol", "li", "blockquote", "pre", "strong", "em", "code", "a"}


class Seen(HTMLParser):
    """Every element and attribute a browser would find."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes += attrs


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("one\ntwo\n\nthree", "<p>one<br>two</p>\n<p>three</p>"),
        ("## Returns\ntext", "<h2>Returns</h2>\n<p>text</p>"),
        ("### In a shop", "<h3>In a shop</h3>"),
        ("- a\n- b\n1. c\n2. d", "<ul><li>a</li><li>b</li></ul>\n<ol><li>c</li><li>d</li></ol>"),
        ("> kept", "<blockquote>kept</blockquote>"),
        ("```\n## no heading\n\n<b>\n```", "<pre>## no heading\n\n&lt;b&gt;</pre>"),
        (
            "**bold**, *italic* and `co*de*`",
            "<p><strong>bold</strong>, <em>italic</em> and <code>co*de*</code></p>",
        ),
        (
            "[ours](/help/vi/doi-tra)",
            '<p><a href="/help/vi/doi-tra" rel="noopener noreferrer">ours</a></p>',
        ),
        ("2 * 3 * 4 and snake_case", "<p>2 * 3 * 4 and snake_case</p>"),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"),
        ("", ""),
    ],
)
def test_what_is_written_is_read_as_it_says(text: str, html: str) -> None:
    assert to_html(read(text)) == html


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "//evil.example", "/\\evil.example", "data:text/html,x", "ftp://x"]
)
def test_a_link_that_leads_elsewhere_stays_text(address: str) -> None:
    assert "<a" not in to_html(read(f"[click]({address})"))


MARKS = st.text(alphabet="#*`[]()>-1. \n<&\"'/:ahjsttp", max_size=200)


@given(st.one_of(st.text(max_size=200), MARKS))
def test_no_text_makes_any_other_element_or_attribute(text: str) -> None:
    seen = Seen()
    seen.feed(to_html(read(text)))
    seen.close()
    assert seen.elements <= ELEMENTS
    assert {name for name, _ in seen.attributes} <= {"href", "rel"}
    for name, value in seen.attributes:
        assert name != "href" or re.match(r"https?://|mailto:|tel:|/(?!/)", value or "")


@given(st.text(alphabet="abc \n", max_size=80))
def test_no_word_is_lost(text: str) -> None:
    assert plain(read(text)).split() == text.split()
