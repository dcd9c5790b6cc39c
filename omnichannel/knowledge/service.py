"""Articles: written by supervisors, found by everybody, shown to customers once they are published."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias
from uuid import UUID

from omnichannel.audit.service import Actor, Audit
from omnichannel.knowledge import markup, ranking
from omnichannel.knowledge.errors import NoSuchArticle, SlugTaken
from omnichannel.knowledge.store import KnowledgeStore
from omnichannel.search.snippets import snippet
from omnichannel.search.words import asked
from threadline.db.pool import Pool
from threadline.kernel.clock import Clock
from threadline.kernel.events import Json
from threadline.kernel.ids import uuid7
from threadline.kernel.versions import check_version, difference, versioned

CANDIDATES: Final = 40
SLUG: Final = r"[a-z0-9]+(-[a-z0-9]+)*"
What: TypeAlias = Literal["read", "helped", "person", "sent"]


@dataclass(frozen=True, slots=True)
class Given:
    """An article as somebody writes it; `texts` {language: (title, body)}, at least one."""

    slug: str
    category: str
    is_published: bool
    texts: Mapping[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Published:
    """An article in one language, for customers."""

    id: UUID
    slug: str
    category: str
    language: str
    title: str
    blocks: tuple[markup.Block, ...]


class Knowledge:
    """What a customer is shown is published; agents find no other either, so that no draft is sent to anybody."""

    def __init__(self, pool: Pool, clock: Clock, audit: Audit) -> None:
        self._pool = pool
        self._clock = clock
        self._audit = audit
        self._store = KnowledgeStore(pool)

    # --- written ------------------------------------------------------------------------------

    async def articles(self) -> list[Json]:
        """[{id, slug, category, is_published, texts: {language: {title, body}}, changed_at, counts, version}]."""
        return [_shown(row) for row in await self._store.articles(None, self._clock.now().date())]

    async def save(self, given: Given, actor: Actor, article: UUID | None = None, seen: str | None = None) -> Json:  # fmt: skip
        """New, or in the place of `article`. Raises NoSuchArticle, SlugTaken, Outdated."""
        now = self._clock.now()
        kept = article or uuid7(now)
        async with self._pool.acquire() as link, link.transaction():
            store = KnowledgeStore(link)
            if article is not None and not await store.article_for_change(article):
                raise NoSuchArticle
            before = [_written(row) for row in await store.articles(kept, now.date())]
            if before:
                check_version(before[0], seen)
            if await store.slug_owner(given.slug) not in (None, kept):
                raise SlugTaken
            await store.save_article(
                kept, given.slug, given.category, given.is_published, now, f"{actor.kind}:{actor.id}"
            )
            await store.replace_texts(kept, given.texts)
            (after,) = await store.articles(kept, now.date())
            facts = difference(before[0] if before else {}, _written(after))
            await self._audit.note(actor, "article.save", f"article:{kept}", facts, link)
        return _shown(after)

    async def delete(self, article: UUID, actor: Actor) -> None:
        """Raises NoSuchArticle."""
        async with self._pool.acquire() as link, link.transaction():
            if not await KnowledgeStore(link).drop_article(article):
                raise NoSuchArticle
            await self._audit.note(actor, "article.delete", f"article:{article}", None, link)

    # --- read ---------------------------------------------------------------------------------

    async def listing(self, language: str) -> list[Json]:
        """[{slug, category, title}] of what is published in a language, by category."""
        return [dict(row) for row in await self._store.published(language)]

    async def published(self, slug: str) -> dict[str, Published]:
        """One article by language. Raises NoSuchArticle."""
        rows = await self._store.published_text(slug) if re.fullmatch(SLUG, slug) else []
        if not rows:
            raise NoSuchArticle
        return {row["language"]: _published(row) for row in rows}

    async def search(self, text: str, language: str | None, limit: int) -> list[Json]:
        """[{id, slug, category, language, title, path, snippet}]: texts with every word; else those that answer best."""
        question = asked(text)
        for query in (question.whole, question.begun):
            if query is not None and (rows := await self._store.found(language, query, limit)):
                return [_hit(row, question.words) for row in rows]
        return await self.suggest(text, language, limit)

    async def suggest(self, utterance: str, language: str | None, limit: int) -> list[Json]:
        """As `search`, for a sentence: few of its words need to be found; none rather than a bad one, each article once."""
        words = ranking.telling_words(utterance)
        if not words:
            return []
        worth = ranking.weights(words, await self._store.having(words), await self._store.text_total())
        query = " | ".join(f"'{word}'" for word in worth if worth[word] > 0)
        rows = await self._store.found(language, query, CANDIDATES) if query else []
        candidates = [ranking.Candidate.of(row["title"], row["body"]) for row in rows]
        ordered = [rows[place] for place in ranking.best(words, candidates, worth, CANDIDATES)]
        once = {row["id"]: row for row in reversed(ordered)}
        return [_hit(row, words) for row in ordered if once[row["id"]] is row][:limit]

    async def count(self, article: UUID, what: What) -> None:
        """That it was read, helped, did not, or was sent by an agent; an article that is gone counts nothing."""
        await self._store.count(article, self._clock.now().date(), what)


def _hit(row: Mapping[str, Any], words: Sequence[str] = ()) -> Json:
    return {
        "id": str(row["id"]),
        "slug": row["slug"],
        "category": row["category"],
        "language": row["language"],
        "title": row["title"],
        "path": f"/help/{row['language']}/{row['slug']}",
        "snippet": list(snippet(markup.plain(markup.read(row["body"])), words)),
    }


def _published(row: Mapping[str, Any]) -> Published:
    blocks = tuple(markup.read(row["body"]))
    return Published(row["id"], row["slug"], row["category"], row["language"], row["title"], blocks)


def _written(row: Mapping[str, Any]) -> Json:
    """What people write of it."""
    return {name: row[name] for name in ("slug", "category", "is_published", "texts")}


def _shown(row: Mapping[str, Any]) -> Json:
    return {
        **versioned(_written(row)),
        "id": str(row["id"]),
        "changed_at": row["changed_at"].isoformat(),
        "counts": {"read": 0, "helped": 0, "person": 0, "sent": 0, **row["counts"]},
    }
