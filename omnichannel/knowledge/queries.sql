-- name: articles
-- Every article ($1 null) or one, its texts and what became of it in the last thirty days before $2.
select a.id, a.slug, a.category, a.is_published, a.changed_at,
       (select coalesce(jsonb_object_agg(t.language, jsonb_build_object('title', t.title, 'body', t.body)), '{}')
        from knowledge_text t where t.article_id = a.id) as texts,
       (select coalesce(jsonb_object_agg(c.what, c.times), '{}')
        from (select what, sum(times) as times from knowledge_count
              where article_id = a.id and day > $2::date - 30 group by what) c) as counts
from knowledge_article a where $1::uuid is null or a.id = $1
order by a.category, a.slug;

-- name: article_for_change
-- One article, held until the change is through.
select id from knowledge_article where id = $1 for update;

-- name: slug_owner
-- Whose an address is.
select id from knowledge_article where slug = $1;

-- name: save_article
-- An article under its id.
insert into knowledge_article (id, slug, category, is_published, created_at, changed_at, changed_by)
values ($1, $2, $3, $4, $5, $5, $6)
on conflict (id) do update set slug = excluded.slug, category = excluded.category,
    is_published = excluded.is_published, changed_at = excluded.changed_at, changed_by = excluded.changed_by;

-- name: drop_texts
-- Makes room for the texts as they are now.
delete from knowledge_text where article_id = $1;

-- name: add_text
-- An article in one language.
insert into knowledge_text (article_id, language, title, body) values ($1, $2, $3, $4);

-- name: drop_article
-- An article goes, with its texts and counts.
delete from knowledge_article where id = $1 returning id;

-- name: found
-- Published texts of a language (null: any) that match $2, those with the words in their title first.
select a.id, a.slug, a.category, t.language, t.title, t.body
from knowledge_text t join knowledge_article a on a.id = t.article_id
where a.is_published and ($1::text is null or t.language = $1)
  and (setweight(to_tsvector('simple', folded(t.title)), 'A') || to_tsvector('simple', folded(left(t.body, 20000))))
      @@ $2::tsquery
order by ts_rank(setweight(to_tsvector('simple', folded(t.title)), 'A')
                 || to_tsvector('simple', folded(left(t.body, 20000))), $2::tsquery) desc, a.slug, t.language
limit $3;

-- name: having
-- How many published texts there are, and how many of them have each of these words.
select w.word, (
    select count(*) from knowledge_text t join knowledge_article a on a.id = t.article_id
    where a.is_published
      and (setweight(to_tsvector('simple', folded(t.title)), 'A') || to_tsvector('simple', folded(left(t.body, 20000))))
          @@ plainto_tsquery('simple', w.word)
) as texts from unnest($1::text[]) as w(word);

-- name: published
-- What the help page lists in a language.
select a.slug, a.category, t.title
from knowledge_text t join knowledge_article a on a.id = t.article_id
where a.is_published and t.language = $1 order by a.category, t.title;

-- name: published_text
-- One published article in every language it has.
select a.id, a.slug, a.category, a.changed_at, t.language, t.title, t.body
from knowledge_text t join knowledge_article a on a.id = t.article_id
where a.is_published and a.slug = $1 order by t.language;

-- name: text_total
-- How many published texts there are.
select count(*) from knowledge_text t join knowledge_article a on a.id = t.article_id where a.is_published;

-- name: count
-- One more of something on a day; nothing of an article that is not there.
insert into knowledge_count (article_id, day, what)
select id, $2, $3 from knowledge_article where id = $1
on conflict (article_id, day, what) do update set times = knowledge_count.times + 1;
