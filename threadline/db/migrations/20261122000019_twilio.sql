-- migrate:up
-- A webhook that comes a second time, perhaps after a restart, finds its call by Twilio's own name of it.
create index call_by_twilio on call (source) where source like 'twilio:%';

-- migrate:down
drop index call_by_twilio;
