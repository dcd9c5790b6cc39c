"""A history to measure on: contacts with two identities each and ten entries on the average, loaded with COPY.

Activity follows a power law, as customers do: the first contact has 3.5 % of everything (350,000 of ten million
entries). Texts are Vietnamese syllables by Zipf's law, so that a common word is in every other entry; RARE_WORD is
in one of fifty thousand. Indexes are dropped while rows are copied and made anew from the schema's own definitions.
"""

import asyncio
import io
import math
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import numpy as np
import numpy.typing as npt

from threadline.db.pool import Connection, Pool

LARGEST_SHARE: Final = 0.035
ENTRIES_PER_CONTACT: Final = 10
CHUNK: Final = 50_000
SPAN_S: Final = 3 * 365 * 86_400
RARE_WORD: Final = "côngtắc"
RARE_EVERY: Final = 50_021
ENDPOINTS: Final = (
    ("chat", "message"),
    ("email", "email"),
    ("zalo", "message"),
    ("messenger", "message"),
    ("sms", "message"),
)
LOADED: Final = ("contact", "contact_identity", "thread", "work_item", "interaction", "interaction_body")

_SURNAMES: Final = (
    ("Nguyễn",) * 8 + ("Trần",) * 3 + ("Lê",) * 2 + ("Phạm", "Hoàng", "Phan", "Vũ", "Đặng", "Bùi", "Đỗ", "Hồ")
)
_MIDDLE: Final = ("Thị", "Văn", "Hữu", "Minh", "Ngọc", "Thanh", "Đức", "Quốc", "Thu", "Kim", "Xuân", "Gia")
_GIVEN_ONSETS: Final = ("L", "H", "T", "Th", "Tr", "Ph", "D", "Đ", "M", "N", "Ng", "Kh", "B", "V", "Qu")
_GIVEN_RIMES: Final = ("an", "ương", "uyên", "inh", "ải", "iên", "oan", "ân")
_ONSETS: Final = (
    "",
    "b",
    "c",
    "ch",
    "d",
    "đ",
    "g",
    "gi",
    "h",
    "kh",
    "l",
    "m",
    "n",
    "ng",
    "nh",
    "ph",
    "qu",
    "r",
    "s",
    "t",
    "th",
    "tr",
    "v",
    "x",
)
_RIMES: Final = (
    "a", "á", "à", "ả", "ạ", "an", "án", "ạn", "anh", "ảnh", "ao", "áo", "ay", "ây", "ấy", "âm", "ấm", "ăn", "ắn", "ặt",
    "e", "em", "ê", "ến", "ếu", "i", "ì", "iên", "iện", "iều", "inh", "ít", "o", "oan", "oàn", "ói", "ong", "ô", "ổi", "ông",
    "ống", "ơ", "ới", "ời", "ơn", "u", "ủ", "ua", "ùa", "ui", "ung", "ủng", "uyên", "uyết", "ư", "ưa", "ừng", "ước", "ường", "ưởng",
)  # fmt: skip


def vocabulary() -> list[str]:
    """The syllables, the most common first."""
    every = [onset + rime for rime in _RIMES for onset in _ONSETS]
    return [every[n] for n in np.random.default_rng(3).permutation(len(every))]


def name_of(contact: int) -> str:
    """What a contact is called; two in a hundred thousand share a name."""
    surname = _SURNAMES[contact % len(_SURNAMES)]
    middle = _MIDDLE[contact // 7 % len(_MIDDLE)]
    given = (
        _GIVEN_ONSETS[contact // 97 % len(_GIVEN_ONSETS)] + _GIVEN_RIMES[contact // 1009 % len(_GIVEN_RIMES)]
    )
    return f"{surname} {middle} {given}"


def phone_of(contact: int) -> str:
    return f"+849{contact * 7919 % 100_000_000:08}"


async def load(pool: Pool, contacts: int) -> None:
    """Fills an empty, migrated database, as its superuser. Row ids are 1 …; contact N has thread N."""
    async with pool.acquire() as link:
        await link.execute("set session_replication_role = replica")  # neither foreign keys nor triggers ask
        await link.execute("set synchronous_commit = off")
        await link.execute("set maintenance_work_mem = '768MB'")
        indexes = await _without_indexes(link)
        agents = await _people(link)
        await _copy_contacts(link, contacts)
        await _copy_entries(link, contacts, agents)
        for index in indexes:
            await link.execute(index, timeout=None)
        for table in LOADED[:-1]:
            await link.execute(
                f"select setval(pg_get_serial_sequence('{table}', 'id'), (select max(id) from {table}))"
            )
        await link.execute("reset all")
        await link.execute("vacuum analyze", timeout=None)


async def _without_indexes(link: Connection) -> list[str]:
    """Drops what the primary keys don't need. Returns the statements that make it again."""
    rows = await link.fetch(
        "select i.indexname, i.indexdef from pg_indexes i where i.tablename = any($1) and i.schemaname = 'public'"
        " and not exists (select from pg_constraint c where c.conname = i.indexname)",
        list(LOADED),
    )
    for row in rows:
        await link.execute(f'drop index "{row["indexname"]}"')
    return [str(row["indexdef"]) for row in rows]


async def _people(link: Connection) -> list[str]:
    await link.execute(
        "insert into agent (id, login, role, display_name)"
        " select gen_random_uuid(), 'bench' || n, 'agent', 'Agent ' || n from generate_series(1, 50) n"
    )
    await link.executemany(
        "insert into endpoint (kind, address) values ($1, 'bench')", [(channel,) for channel, _ in ENDPOINTS]
    )
    return [str(row["id"]) for row in await link.fetch("select id from agent where login like 'bench%'")]


async def _copy_contacts(link: Connection, contacts: int) -> None:
    for first in range(1, contacts + 1, CHUNK):
        some = range(first, min(first + CHUNK, contacts + 1))
        await _copy(link, "contact", "id public_id kind display_name created_at last_event_at", (
            f"{n}\t{_uuid(1, n)}\t1\t{name_of(n)}\t2023-11-01\t2026-11-01" for n in some
        ))  # fmt: skip
        columns = "id contact_id kind scope value trust first_seen last_seen"
        await _copy(link, "contact_identity", columns, (line for n in some for line in _identities(n)))
        await _copy(link, "thread", "id public_id contact_id", (f"{n}\t{_uuid(2, n)}\t{n}" for n in some))
        await _copy(link, "work_item", "id number thread_id status subject opened_at", (
            f"{n}\t{n}\t{n}\t{n % 5}\tCase of {n}\t2026-10-01" for n in some
        ))  # fmt: skip
    await link.execute(
        "select setval(pg_get_serial_sequence('work_item', 'number'), (select max(number) from work_item))"
    )


def _identities(n: int) -> Iterator[str]:
    yield f"{2 * n - 1}\t{n}\tphone\t\t{phone_of(n)}\t2\t2024-01-01\t2026-11-01"
    kind, scope, value = (("email", "", f"c{n}@example.vn"), ("zalo_uid", "oa", f"71{n:016}"))[n % 2]
    yield f"{2 * n}\t{n}\t{kind}\t{scope}\t{value}\t2\t2024-01-01\t2026-11-01"


async def _copy_entries(link: Connection, contacts: int, agents: list[str]) -> None:
    """The next chunk is made up while the database takes this one."""
    total = contacts * ENTRIES_PER_CONTACT
    writer = _Writer(contacts, total, agents)
    chunk = await asyncio.to_thread(writer.chunk, 1)
    for first in range(1, total + 1, CHUNK):
        async with asyncio.TaskGroup() as tasks:
            following = tasks.create_task(asyncio.to_thread(writer.chunk, first + CHUNK), name="next chunk")
            rows, bodies = chunk
            await _copy(
                link, "interaction",
                "id thread_id endpoint_id identity_id kind channel direction actor_kind actor_id occurred_at status preview",
                rows,
            )  # fmt: skip
            await _copy(link, "interaction_body", "interaction_id text endpoint_id", bodies)
        chunk = following.result()


class _Writer:
    def __init__(self, contacts: int, total: int, agents: list[str]) -> None:
        self._contacts, self._total, self._agents = contacts, total, agents
        self._skew = math.log(1 / contacts) / math.log(LARGEST_SHARE)
        self._words = vocabulary()
        self._from = datetime.now(UTC).timestamp() - SPAN_S

    def chunk(self, first: int) -> tuple[list[str], list[str]]:
        """The entries from `first` on, as lines for COPY; none after the last."""
        count = min(CHUNK, self._total + 1 - first)
        if count <= 0:
            return [], []
        chance = np.random.default_rng(first)
        whose = (1 + self._contacts * chance.random(count) ** self._skew).astype(np.int64).tolist()
        times = self._from + (first + np.arange(count)) * (SPAN_S / self._total)
        moments = np.datetime_as_string(times.astype("datetime64[s]")).tolist()
        texts = self._texts(chance, first, count)
        rows = [self._row(first + n, whose[n], moments[n], texts[n][:120]) for n in range(count)]
        bodies = [f"{first + n}\t{texts[n]}\t{1 + (first + n) % len(ENDPOINTS)}" for n in range(count)]
        return rows, bodies

    def _row(self, entry: int, contact: int, moment: str, preview: str) -> str:
        inbox = entry % len(ENDPOINTS)
        channel, kind = ENDPOINTS[inbox]
        identity = 2 * contact - (channel == "sms")
        if entry % 7 < 4:
            said = "in\tcustomer\t\\N"
        else:
            said = f"out\tagent\t{self._agents[entry % len(self._agents)]}"
        return f"{entry}\t{contact}\t{inbox + 1}\t{identity}\t{kind}\t{channel}\t{said}\t{moment}+00\tdelivered\t{preview}"

    def _texts(self, chance: np.random.Generator, first: int, count: int) -> list[str]:
        lengths = chance.integers(5, 20, count)
        ends = np.cumsum(lengths)
        words = _zipf(chance, int(ends[-1]), self._words)
        starts = (ends - lengths).tolist()
        texts = [" ".join(words[start:end]) for start, end in zip(starts, ends.tolist(), strict=True)]
        for n in range(-first % RARE_EVERY, count, RARE_EVERY):
            texts[n] = f"{texts[n]} {RARE_WORD}"
        return texts


def _zipf(chance: np.random.Generator, count: int, words: list[str]) -> list[str]:
    ranks: npt.NDArray[np.int64] = (len(words) ** chance.random(count)).astype(np.int64) - 1
    return [words[rank] for rank in ranks.tolist()]


def _uuid(kind: int, n: int) -> UUID:
    return UUID(int=(kind << 100) + n)


async def _copy(link: Connection, table: str, columns: str, lines: Iterable[str]) -> None:
    text = "\n".join(lines)
    if text:
        source = io.BytesIO(f"{text}\n".encode())
        await link.copy_to_table(table, source=source, columns=columns.split(), timeout=None)
