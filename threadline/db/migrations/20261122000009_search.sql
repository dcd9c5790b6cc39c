-- migrate:up

-- Words as people search for them: without case, without Vietnamese accents. omnichannel.search.words does the same.

create function folded(words text) returns text language sql immutable parallel safe strict as $$
    select replace(regexp_replace(normalize(lower(words), NFD), '[\u0300-\u036f]', '', 'g'), 'đ', 'd')
$$;

-- Which stretch of 2^16 entries a row lies in, as a word of its own: the newest stretches are searched first, so that
-- a word everybody uses does not have to be collected from the whole history to show its last thirty uses.
create function stretch_of(entry bigint) returns tsvector language sql immutable parallel safe strict as $$
    select array_to_tsvector(array['#' || (entry >> 16)])
$$;

create index interaction_body_words on interaction_body
    using gin ((to_tsvector('simple', folded(left(text, 20000))) || stretch_of(interaction_id))) where text is not null;
create index transcript_segment_words on transcript_segment using gin (to_tsvector('simple', folded(text)));
create index contact_words on contact using gin (to_tsvector('simple', folded(display_name))) where display_name is not null;
create index contact_customer_no_begins on contact (lower(customer_no) text_pattern_ops) where customer_no is not null;
create index contact_identity_begins on contact_identity (value text_pattern_ops) where replaced_by is null;
create index contact_identity_ends on contact_identity (reverse(value) text_pattern_ops) where replaced_by is null;

-- migrate:down

drop index contact_identity_ends, contact_identity_begins, contact_customer_no_begins, contact_words, transcript_segment_words,
    interaction_body_words;
drop function stretch_of(bigint), folded(text);
