-- migrate:up

-- How fast a line moves is told by what its callers waited and where they stood when they came.

alter table waiting add column share real;   -- its place at entry for each agent at work who could serve it; null: came back

-- migrate:down

alter table waiting drop column share;
