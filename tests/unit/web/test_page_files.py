"""Which modules a page names, and under which address."""

import re

import pytest

from web.pages import Pages, pages

pytestmark = pytest.mark.unit

HTML = b"""<html>
  <head>
    <link rel="stylesheet" href="/static/a/a.css" />
    <script type="module" src="/static/a/first.js"></script>
    <script type="module" src="/static/a/main.js"></script>
  </head>
</html>"""
FILES = {
    "static/a/index.html": HTML,
    "static/a/a.css": b"",
    "static/a/first.js": b'import{x}from"../b/deep.js";',
    "static/a/main.js": b"""// @ts-check
import { html } from "../b/html.js";
import {
  y,
} from "./near.js";
/** @typedef {import("./types.js").Thing} Thing */
const desk = import("./desk.js");
""",
    "static/a/near.js": b'import { x } from "../b/deep.js";\nexport { z } from "./main.js";',
    "static/a/desk.js": b'import "x";\nimport { html } from "../b/html.js";\nimport { q } from "./far.js";',
    "static/a/far.js": b"",
    "static/a/types.js": b"",
    "static/b/html.js": b"import a from\"./tiny.js\";import{b}from'./deep.js';",
    "static/b/tiny.js": b"",
    "static/b/deep.js": b"",
}


def test_a_page_names_what_it_needs_first_and_then_what_comes_later_each_once() -> None:
    made = Pages(FILES)
    text = made._files["static/a/index.html"].body.decode()
    links = re.findall(r'<link rel="modulepreload" href="/v/(\w+)/static/(\S+)"( fetchpriority="low")?', text)
    assert {version for version, _, _ in links} == {made.version}
    assert [path for _, path, low in links if not low] == [
        "a/first.js", "b/deep.js", "a/main.js", "b/html.js", "a/near.js", "b/tiny.js",
    ]  # fmt: skip
    assert [path for _, path, low in links if low] == ["a/desk.js", "a/far.js"]
    assert f'src="/v/{made.version}/static/a/main.js"' in text
    assert f'href="/v/{made.version}/static/a/a.css"' in text


def test_any_change_of_any_file_is_another_version() -> None:
    versions = {
        Pages(FILES).version,
        Pages({**FILES, "static/a/a.css": b" "}).version,
        Pages({**FILES, "static/a/c.css": b""}).version,
    }
    assert len(versions) == 3
    assert Pages(dict(reversed(FILES.items()))).version == Pages(FILES).version


def test_every_module_our_pages_name_is_there() -> None:
    shipped = pages()
    for page in ("desk", "admin", "flows", "wallboard", "operations", "design"):
        first, later = shipped.modules(f"static/{page}/main.js")
        assert len(first) == len(set(first) - set(later)) > 10
