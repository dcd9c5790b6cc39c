-- migrate:up

-- People ---------------------------------------------------------------------------------------

create table agent (                      -- everyone who logs in; agents and supervisors take calls
    id            uuid primary key,
    login         text not null unique,
    password_hash text,                   -- argon2id; null: cannot log in
    role          text not null check (role in ('agent', 'supervisor', 'admin')),
    display_name  text not null,
    locale        text not null default 'vi-VN',
    extension     text unique,            -- the SIP account that rings for this person
    wrap_up_s     integer not null default 30 check (wrap_up_s >= 0),
    active        boolean not null default true,
    created_at    timestamptz not null default now()
);

create table web_session (
    token_sha256 bytea primary key,
    agent_id     uuid not null references agent on delete cascade,
    csrf         text not null,
    created_at   timestamptz not null,
    expires_at   timestamptz not null
);
create index web_session_expiry on web_session (expires_at);

create table api_token (
    id           uuid primary key,
    name         text not null,
    token_sha256 bytea not null unique,
    role         text not null check (role in ('agent', 'supervisor', 'admin')),
    agent_id     uuid references agent on delete cascade,
    created_at   timestamptz not null,
    revoked_at   timestamptz
);

create table skill (
    id    text primary key check (id ~ '^[a-zA-Z][a-zA-Z0-9_:-]{0,62}$'),   -- 'support', 'lang:en-US'
    title text not null
);

create table agent_skill (
    agent_id uuid not null references agent on delete cascade,
    skill_id text not null references skill on delete cascade,
    level    smallint not null check (level between 1 and 5),
    primary key (agent_id, skill_id)
);

create table agent_state (                -- intervals; the open one is the present
    id       bigint generated always as identity primary key,
    agent_id uuid not null references agent on delete cascade,
    state    text not null check (state in
             ('logged_out', 'ready', 'offered', 'talking', 'wrap_up', 'missed', 'away')),
    reason   text,
    from_at  timestamptz not null,
    to_at    timestamptz,
    until    timestamptz                  -- when a state that ends by itself will end
);
create unique index agent_state_open on agent_state (agent_id) where to_at is null;
create index agent_state_past on agent_state (agent_id, from_at);

-- Telephony ------------------------------------------------------------------------------------

create table sip_account (
    username   text primary key check (username ~ '^[a-zA-Z0-9._-]{1,64}$'),
    realm      text not null,
    ha1_sha256 text not null,
    ha1_md5    text,                      -- present only where the account is allowed MD5
    kind       text not null default 'phone' check (kind in ('phone', 'service')),
    may_dial   boolean not null default true,   -- published numbers and extensions, never outside
    srtp       text not null default 'off' check (srtp in ('off', 'offered', 'required')),
    number     text,                      -- E.164 shown as caller ID; null: the user name itself
    created_at timestamptz not null default now()
);

create table sip_binding (                -- where a registered phone is now
    username   text not null references sip_account on delete cascade,
    contact    text not null,
    transport  text not null,
    source     text not null,             -- host:port the REGISTER came from
    call_id    text not null,
    cseq       bigint not null,
    q          real not null default 1,
    user_agent text,
    expires_at timestamptz not null,
    primary key (username, contact)
);

create table sip_trunk (
    name   text primary key,
    config jsonb not null                 -- telephony.sip.trunks.TrunkConfig
);

create table calendar (
    id       text primary key,
    timezone text not null,
    weekly   jsonb not null,              -- {"mon": [["08:00","21:00"]], ...}
    holidays jsonb not null default '[]'  -- [{"date": "2026-02-17", "name": "Tết"}]
);

create table flow (
    id        text primary key,
    published integer
);

create table flow_revision (
    flow_id    text not null references flow on delete cascade,
    n          integer not null,
    sha256     text not null,
    author     text not null,
    message    text not null,
    yaml       text not null,
    created_at timestamptz not null,
    primary key (flow_id, n)
);
alter table flow add foreign key (id, published) references flow_revision (flow_id, n) deferrable initially deferred;

create table number_route (               -- which flow answers a published number
    number   text primary key,            -- as dialled: E.164 or a short code
    title    text not null,
    flow_id  text not null references flow,
    revision integer,                     -- null: the published one
    region   text not null default 'VN',
    record   boolean not null default true
);

create table call (
    id            uuid primary key,
    direction     text not null check (direction in ('inbound', 'outbound', 'internal')),
    from_number   text,                   -- E.164; null when withheld
    from_raw      text not null,
    to_number     text not null,
    source        text not null,          -- 'trunk:NAME' or 'account:NAME'
    flow_id       text,
    flow_revision integer,
    thread_id     uuid,
    contact_id    uuid,
    language      text,
    queue         text,
    agent_id      uuid,                   -- the one who answered, last if several
    started_at    timestamptz not null,
    answered_at   timestamptz,
    ended_at      timestamptz,
    closed_at     timestamptz,            -- set once the thread holds the ended call
    result        text,
    reason        text
);
create index call_thread on call (thread_id, started_at desc);
create index call_unclosed on call (started_at) where closed_at is null;

create table call_leg (
    id          uuid primary key,
    call_id     uuid not null references call on delete cascade,
    kind        text not null,            -- sip, twilio, browser
    role        text not null check (role in ('customer', 'agent', 'outside')),
    peer        text not null,
    agent_id    uuid,
    started_at  timestamptz not null,
    answered_at timestamptz,
    ended_at    timestamptz,
    end_reason  text,
    stats       jsonb
);
create index call_leg_call on call_leg (call_id);

create table call_event (                 -- the ledger every count is derived from
    id      bigint generated always as identity primary key,
    call_id uuid not null references call,
    at      timestamptz not null,
    kind    text not null,
    data    jsonb not null
);
create index call_event_call on call_event (call_id, id);
create index call_event_kind on call_event (kind, at);

create function call_event_is_append_only() returns trigger language plpgsql as $$
begin
    raise exception 'call_event is append-only';
end $$;
create trigger call_event_no_change before update or delete on call_event
    for each row execute function call_event_is_append_only();

-- One customer, one thread ---------------------------------------------------------------------

create table contact (
    id            bigint generated always as identity primary key,
    public_id     uuid not null unique,
    kind          smallint not null default 0,   -- 0 ephemeral, 1 identified, 2 curated
    display_name  text,
    locale        text,
    tz            text,
    attrs         jsonb not null default '{}',
    customer_no   text,
    merged_into   bigint references contact,
    erased_at     timestamptz,
    created_at    timestamptz not null,
    last_event_at timestamptz
);

create table contact_identity (
    id             bigint generated always as identity primary key,
    contact_id     bigint not null references contact,
    kind           text not null,         -- phone, email, web_visitor, zalo_uid, fb_psid, ... , withheld
    scope          text not null default '',
    value          text not null,
    raw            text,
    trust          smallint not null,     -- 0 claimed 1 observed 2 attested 3 proven 4 agent
    is_shared      boolean not null default false,
    do_not_contact boolean not null default false,
    window_until   timestamptz,
    first_seen     timestamptz not null,
    last_seen      timestamptz not null,
    replaced_by    bigint references contact_identity
);
create unique index contact_identity_one_owner on contact_identity (kind, scope, value)
    where replaced_by is null and not is_shared;
create index contact_identity_shared on contact_identity (kind, scope, value) where is_shared;
create index contact_identity_contact on contact_identity (contact_id);

create table endpoint (                   -- an address of ours
    id             bigint generated always as identity primary key,
    kind           text not null,         -- phone, chat, email, api
    address        text not null,
    provider       text not null default '',
    queue          text,
    default_region text not null default 'VN',
    unique (kind, address)
);

create table thread (
    id         bigint generated always as identity primary key,
    public_id  uuid not null unique,
    contact_id bigint not null unique references contact
);

create table work_item (
    id                   bigint generated always as identity primary key,
    number               bigint generated always as identity unique,
    thread_id            bigint not null references thread,
    status               smallint not null default 0,   -- 0 new 1 open 2 waiting 3 resolved 4 closed
    queue                text,
    priority             smallint not null default 5,
    subject              text,
    owner_agent_id       uuid references agent,
    opened_at            timestamptz not null,
    first_human_reply_at timestamptz,
    resolved_at          timestamptz,
    reopen_count         integer not null default 0,
    next_due_at          timestamptz
);
create index work_item_thread on work_item (thread_id) where status < 3;
create index work_item_queue on work_item (queue, priority desc, opened_at) where status = 0;
create index work_item_owner on work_item (owner_agent_id) where status < 3;

create table session (                    -- a call, a chat
    id           bigint generated always as identity primary key,
    thread_id    bigint not null references thread,
    work_item_id bigint references work_item,
    endpoint_id  bigint references endpoint,
    kind         text not null,
    provider     text not null,
    provider_id  text not null,           -- for a call: its id
    started_at   timestamptz not null,
    queued_at    timestamptz,
    answered_at  timestamptz,
    ended_at     timestamptz,
    outcome      text,
    unique (provider, provider_id)
);
create index session_thread on session (thread_id, started_at desc);

create table interaction (                -- narrow on purpose: what a timeline row shows
    id              bigint generated always as identity primary key,
    thread_id       bigint not null references thread,
    work_item_id    bigint references work_item,
    session_id      bigint references session,
    endpoint_id     bigint references endpoint,
    identity_id     bigint references contact_identity,
    kind            text not null,        -- call, message, email, note, event
    channel         text not null,        -- voice, chat, email, internal, ...
    direction       text not null check (direction in ('in', 'out', 'none')),
    actor_kind      text not null check (actor_kind in ('customer', 'agent', 'system', 'bot')),
    actor_id        uuid,
    occurred_at     timestamptz not null,
    provider_msg_id text,
    reply_to_id     bigint,
    status          text,
    preview         text,
    flags           integer not null default 0
) with (                                  -- the timeline is index-only while vacuum keeps up
    autovacuum_vacuum_insert_scale_factor = 0.02, autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_analyze_scale_factor = 0.02
);
create index interaction_timeline on interaction (thread_id, occurred_at desc, id desc)
    include (kind, channel, direction, actor_kind, actor_id, status, preview, session_id);
create unique index interaction_provider on interaction (endpoint_id, provider_msg_id)
    where provider_msg_id is not null;
create index interaction_session on interaction (session_id) where session_id is not null;
create index interaction_identity on interaction (identity_id);
create index interaction_when on interaction using brin (occurred_at);

create table interaction_body (
    interaction_id bigint primary key references interaction on delete cascade,
    text           text,
    html_sanitised text,
    raw_ref        text,
    meta           jsonb not null default '{}'
);

create view thread_entry as              -- a timeline row with its names and body; keeps the order of interaction_timeline
select i.thread_id as thread_row, i.id, i.occurred_at, i.kind, i.channel, i.direction, i.actor_kind, i.actor_id,
       case i.actor_kind
           when 'agent' then (select a.display_name from agent a where a.id = i.actor_id)
           when 'customer' then (select c.display_name from thread t join contact c on c.id = t.contact_id
                                 where t.id = i.thread_id)
       end as actor_name,
       i.preview, i.status, body.text, body.meta
from interaction i
left join lateral (                       -- limit 1 keeps the planner at one look-up a row
    select b.text, b.meta from interaction_body b where b.interaction_id = i.id limit 1
) body on true;

create view thread_facts as              -- what a flow may know of a caller; last agent among the newest fifty entries
select t.id as thread_row, t.public_id as thread, c.public_id as contact, c.display_name, c.locale, c.attrs,
       (select count(*) from work_item w where w.thread_id = t.id and w.status < 3) as open_tickets,
       (select coalesce(case when recent.actor_kind = 'agent' then recent.actor_id end, (b.meta ->> 'agent')::uuid)
        from (select id, kind, actor_kind, actor_id, occurred_at from interaction where thread_id = t.id
              order by occurred_at desc, id desc limit 50) recent
        left join interaction_body b on b.interaction_id = recent.id and recent.kind = 'call'
        where recent.actor_kind = 'agent' or b.meta ->> 'agent' is not null
        order by recent.occurred_at desc, recent.id desc limit 1) as last_agent
from thread t join contact c on c.id = t.contact_id;

create table agent_read (
    thread_id bigint not null references thread,
    agent_id  uuid not null references agent,
    last_id   bigint not null,
    primary key (thread_id, agent_id)
);

-- Routing --------------------------------------------------------------------------------------

create table queue (
    id             text primary key check (id ~ '^[a-z][a-z0-9_]{0,62}$'),
    title          text not null,
    need           jsonb not null default '{}',    -- {"support": 2}; used where a flow names none
    ring_timeout_s real not null default 20 check (ring_timeout_s > 0),
    max_waiting    integer,                        -- null: no cap
    calendar       text references calendar
);

create table waiting (                    -- one row per contact in a queue, kept after it left
    call_id     uuid primary key,
    queue       text not null references queue,
    thread_id   uuid,
    caller      jsonb not null default '{}',       -- what the pop shows of the call
    need        jsonb not null,                    -- [{"need": {...}, "for_s": 20}, ...]
    priority    smallint not null default 5,
    prefer      jsonb,
    exclude     jsonb not null default '{}',       -- {agent id: until, ISO 8601}
    entered_at  timestamptz not null,
    state       text not null default 'waiting' check (state in ('waiting', 'offered', 'connected', 'left')),
    left_at     timestamptz,
    left_reason text
);
create index waiting_open on waiting (queue, priority, entered_at) where state in ('waiting', 'offered');

create table reservation (                -- the lock: one open row per call and per agent
    id           uuid primary key,
    call_id      uuid not null references waiting,
    agent_id     uuid not null references agent,
    queue        text not null,
    state        text not null check (state in ('offered', 'connected', 'ended', 'missed', 'withdrawn', 'expired')),
    offered_at   timestamptz not null,
    lease_until  timestamptz not null,
    connected_at timestamptz,
    ended_at     timestamptz,
    reason       text
);
create unique index reservation_call on reservation (call_id) where state in ('offered', 'connected');
create unique index reservation_agent on reservation (agent_id) where state in ('offered', 'connected');
create index reservation_lease on reservation (lease_until) where state = 'offered';

create table routing_decision (
    id       bigint generated always as identity primary key,
    at       timestamptz not null,
    call_id  uuid not null,
    agent_id uuid,
    detail   jsonb not null                -- candidates, each with the reason it lost
);
create index routing_decision_call on routing_decision (call_id, id);

-- Recordings -----------------------------------------------------------------------------------

create table recording (                  -- the row is written before the file
    id         uuid primary key,
    call_id    uuid not null,
    kind       text not null check (kind in ('call', 'voicemail')),
    path       text not null,             -- relative to the vault
    state      text not null check (state in ('recording', 'ready', 'lost')),
    language   text,
    started_at timestamptz not null,
    seconds    real,
    bytes      bigint,
    sha256     text,
    spans      jsonb not null default '[]',   -- [{"speaker": "agent:UUID"|"system", "from_s": 0, "to_s": 9.5}] for the right channel
    retention_s bigint,
    expires_at timestamptz
);
create index recording_call on recording (call_id);
create index recording_open on recording (started_at) where state = 'recording';

create table transcript (
    recording_id uuid primary key references recording on delete cascade,
    state        text not null check (state in ('queued', 'running', 'ready', 'waiting_for_model', 'failed')),
    engine       text,
    language     text,
    detail       text,                     -- for people: which model is missing, what failed
    updated_at   timestamptz not null
);

create table transcript_segment (
    recording_id uuid not null references recording on delete cascade,
    seq          integer not null,
    speaker      text not null,            -- customer, agent, system
    t0           real not null,            -- seconds from the start of the recording
    t1           real not null,
    text         text not null,
    words        jsonb not null,           -- [{"word": "hello", "t0": 1.2, "t1": 1.5, "confidence": 0.93}]
    primary key (recording_id, seq)
);

-- migrate:down

drop view thread_facts;
drop view thread_entry;
drop table transcript_segment, transcript, recording, routing_decision, reservation, waiting, queue, agent_read,
    interaction_body, interaction, session, work_item, thread, endpoint, contact_identity, contact, call_event,
    call_leg, call, number_route, calendar, sip_trunk, sip_binding, sip_account, agent_state, agent_skill, skill,
    api_token, web_session, agent cascade;
drop table flow, flow_revision cascade;
drop function call_event_is_append_only();
