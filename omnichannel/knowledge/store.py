"""Articles in the database."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from threadline.db.pool import Connection, Pool
from threadline.db.queries import load_queries

SQL: Final = load_queries(Path(__file__).with_name("queries.sql"))
Row = Mapping[str, Any]


class KnowledgeStore:
    """Works on one connection (then within its transaction) or on the pool."""

    def __init__(self, link: "Connection | Pool") -> None:
        self._link = link

    async def articles(self, article: UUID | None, today: date) -> list[Row]:
        return [dict(row) for row in await self._link.fetch(SQL["articles"], article, today)]

    async def article_for_change(self, article: UUID) -> bool:
        return await self._link.fetchval(SQL["article_for_change"], article) is not None

    async def slug_owner(self, slug: str) -> UUID | None:
        found: UUID | None = await self._link.fetchval(SQL["slug_owner"], slug)
        return found

    async def save_article(
        self, article: UUID, slug: str, category: str, is_published: bool, now: datetime, by: str
    ) -> None:
        await self._link.execute(SQL["save_article"], article, slug, category, is_published, now, by)

    async def replace_texts(self, article: UUID, texts: Mapping[str, tuple[str, str]]) -> None:
        """{language: (title, body)}."""
        await self._link.execute(SQL["drop_texts"], article)
        rows = [(article, language, title, body) for language, (title, body) in texts.items()]
        await self._link.executemany(SQL["add_text"], rows)

    async def drop_article(self, article: UUID) -> bool:
        return await self._link.fetchval(SQL["drop_article"], article) is not None

    async def found(self, language: str | None, query: str, limit: int) -> list[Row]:
        return [dict(row) for row in await self._link.fetch(SQL["found"], language, query, limit)]

    async def having(self, words: Sequence[str]) -> dict[str, int]:
        return {row["word"]: row["texts"] for row in await self._link.fetch(SQL["having"], list(words))}

    async def text_total(self) -> int:
        return int(await self._link.fetchval(SQL["text_total"]))

    async def published(self, language: str) -> list[Row]:
        return [dict(row) for row in await self._link.fetch(SQL["published"], language)]

    async def published_text(self, slug: str) -> list[Row]:
        return [dict(row) for row in await self._link.fetch(SQL["published_text"], slug)]

    async def count(self, article: UUID, day: date, what: str) -> None:
        await self._link.execute(SQL["count"], article, day, what)
