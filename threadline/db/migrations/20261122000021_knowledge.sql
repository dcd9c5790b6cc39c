-- migrate:up

-- What is known, written once: for customers on the help page and in the chat, for agents beside their answers.

create table knowledge_article (
    id           uuid primary key,
    slug         text not null unique check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(slug) <= 80),
    category     text not null default '' check (length(category) <= 100),
    is_published boolean not null default false,
    created_at   timestamptz not null,
    changed_at   timestamptz not null,
    changed_by   text not null             -- as the audit log names who acts
);

create table knowledge_text (              -- an article in one language
    article_id uuid not null references knowledge_article on delete cascade,
    language   text not null check (language ~ '^[a-z]{2,3}$'),
    title      text not null check (title <> ''),
    body       text not null,              -- marked up as omnichannel.knowledge.markup reads it
    primary key (article_id, language)
);
create index knowledge_text_words on knowledge_text
    using gin ((setweight(to_tsvector('simple', folded(title)), 'A') || to_tsvector('simple', folded(left(body, 20000)))));

create table knowledge_count (             -- how articles fare, by the day; of whom is not kept
    article_id uuid not null references knowledge_article on delete cascade,
    day        date not null,
    what       text not null check (what in ('read', 'helped', 'person', 'sent')),
    times      integer not null default 1,
    primary key (article_id, day, what)
);

-- migrate:down

drop table knowledge_count, knowledge_text, knowledge_article;
