-- migrate:up

-- What the pages show of a recording beside its sound: drawn once, when it is finished.
create table recording_waveform (
    recording_id uuid primary key references recording on delete cascade,
    lanes        bytea[] not null         -- the customer's first; one byte a stretch, 0 silence to 255
);

-- Whether calls of a queue, or to a number, are captioned while they last. No row: where a speech model is installed.
create table caption_switch (
    kind  text not null check (kind in ('queue', 'number')),
    name  text not null,
    is_on boolean not null,
    primary key (kind, name)
);

-- migrate:down

drop table caption_switch, recording_waveform;
