"""The public help page as HTML: works without scripts, says nothing of anybody. Pure but for its file."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from omnichannel.knowledge.markup import to_html
from omnichannel.knowledge.service import Published
from threadline.kernel.events import Json
from web.help_words import WORDS

HERE: Final = Path(__file__).resolve().parent
_PAGE: Final = (HERE / "static" / "help" / "page.html").read_text("utf-8")


def language_of(accepted: str) -> str:
    """The first language of an Accept-Language that there is a page in; Vietnamese where none is."""
    wanted = (part.partition(";")[0].strip().lower()[:2] for part in accepted.split(","))
    return next((one for one in wanted if one in WORDS), "vi")


def listing(language: str, articles: Sequence[Json]) -> str:
    """Everything there is, by category."""
    words = WORDS[language]
    groups = [
        f"<section><h2>{escape(category or words.other)}</h2>{_links(language, rows)}</section>"
        for category, rows in groupby(articles, key=lambda one: str(one["category"]))
    ]
    main = "".join(groups) or f'<p class="none">{escape(words.empty)}</p>'
    return _page(language, words.title, f'<div class="groups">{main}</div>', others=_homes())


def results(language: str, query: str, found: Sequence[Json]) -> str:
    """What a search found."""
    words = WORDS[language]
    head = f"<h2>{escape(words.found.replace('{words}', query))}</h2>"
    rows = "".join(
        f'<li lang="{one["language"]}"><a href="{_address(language, one)}">{escape(str(one["title"]))}</a>'
        f"<p>{_snippet(one['snippet'])}</p></li>"
        for one in found
    )
    main = f'<ul class="hits">{rows}</ul>' if rows else f'<p class="none">{escape(words.none)}</p>'
    return _page(language, words.title, head + main, query=query, others=_homes())


def article(shown: Published, languages: Iterable[str], *, is_thanked: bool) -> str:
    """One article, which there is in these languages, and the question whether it helped."""
    language = shown.language
    words = WORDS[language]
    verdict = (
        f'<p role="status">{escape(words.thanks)}</p>'
        if is_thanked
        else f"<p>{escape(words.question)}</p>"
        f'<button name="verdict" value="helped">{escape(words.yes)}</button>'
        f'<button name="verdict" value="person">{escape(words.no)}</button>'
    )
    path = f"/help/{language}/{quote(shown.slug)}"
    main = (
        f'<article><p class="crumb"><a href="/help/{language}">{escape(words.title)}</a>'
        f"{' › ' + escape(shown.category) if shown.category else ''}</p>"
        f"<h1>{escape(shown.title)}</h1>{to_html(shown.blocks)}</article>"
        f'<form class="verdict" method="post" action="{path}/verdict">{verdict}</form>'
    )
    there = set(languages)
    others = {one: f"/help/{one}/{quote(shown.slug)}" for one in WORDS if one in there}
    return _page(language, shown.title, main, others=others)


def missing(language: str) -> str:
    """There is no such article."""
    words = WORDS[language]
    return _page(language, words.title, f'<p class="none">{escape(words.missing)}</p>', others=_homes())


def _page(language: str, title: str, main: str, *, others: Mapping[str, str], query: str = "") -> str:
    words = WORDS[language]
    languages = "".join(
        f'<a href="{address}" lang="{one}" hreflang="{one}"{" aria-current=true" if one == language else ""}>{WORDS[one].name}</a>'
        for one, address in others.items()
    )
    values = {
        "language": language,
        "title": escape(title),
        "help": escape(words.title),
        "search": escape(words.search),
        "go": escape(words.go),
        "query": escape(query),
        "languages": languages,
        "languages_label": escape(words.languages),
        "main": main,
    }
    return "".join(_filled(values))


def _filled(values: Mapping[str, str]) -> Iterable[str]:
    """The page's own text piece by piece, so that what is filled in is never looked at again."""
    head, *rest = _PAGE.split("{{")
    yield head
    for piece in rest:
        name, _, text = piece.partition("}}")
        yield values[name] + text


def _homes() -> dict[str, str]:
    return {one: f"/help/{one}" for one in WORDS}


def _links(language: str, articles: Iterable[Json]) -> str:
    rows = (
        f'<li><a href="{_address(language, one)}">{escape(str(one["title"]))}</a></li>' for one in articles
    )
    return f"<ul>{''.join(rows)}</ul>"


def _address(language: str, one: Json) -> str:
    return f"/help/{one.get('language') or language}/{quote(str(one['slug']))}"


def _snippet(pieces: Any) -> str:
    return "".join(f"<mark>{escape(text)}</mark>" if is_match else escape(text) for text, is_match in pieces)
