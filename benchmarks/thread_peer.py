"""The same history in the shape most help desks have: a conversation belongs to one inbox, a message to one conversation.

A contact has a conversation for every inbox and month he wrote in; the page of everything he wrote joins and sorts them.
"""

from typing import Final

from threadline.db.pool import Pool, Row

BUILD: Final = (
    """
    create table inbox_conversation as
    select row_number() over () as id, * from (
        select distinct thread_id as contact_id, endpoint_id as inbox_id, date_trunc('month', occurred_at) as month
        from interaction where endpoint_id is not null) every
    """,
    """
    create table inbox_message as
    select i.id, c.id as conversation_id, c.inbox_id, i.occurred_at as created_at, i.kind, i.direction, i.actor_id, i.status,
           i.preview as content
    from interaction i join inbox_conversation c on c.contact_id = i.thread_id and c.inbox_id = i.endpoint_id
        and c.month = date_trunc('month', i.occurred_at)
    order by i.id
    """,
    "alter table inbox_conversation add primary key (id)",
    "create index on inbox_conversation (contact_id, inbox_id)",
    "alter table inbox_message add primary key (id)",
    "create index on inbox_message (conversation_id, created_at desc)",
    "vacuum analyze inbox_conversation",
    "vacuum analyze inbox_message",
)
PAGE: Final = """
    select m.* from inbox_message m join inbox_conversation c on c.id = m.conversation_id
    where c.contact_id = $1 order by m.created_at desc, m.id desc limit $2
"""


async def build_peer(pool: Pool) -> None:
    """Adds the two tables to a filled database."""
    async with pool.acquire() as link:
        await link.execute("set work_mem = '512MB'")
        await link.execute("set maintenance_work_mem = '768MB'")
        for statement in BUILD:
            await link.execute(statement, timeout=None)
        await link.execute("reset all")


async def peer_page(pool: Pool, contact: int, limit: int) -> "list[Row]":
    return await pool.fetch(PAGE, contact, limit, timeout=None)
