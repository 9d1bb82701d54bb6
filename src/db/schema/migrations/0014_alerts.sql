-- Alerts. A database that `pg_restore --clean` has replaced by an older one may have left these tables: they are dropped first.
drop table if exists server_backlogs, alert_deliveries, alert_events, alert_states, alert_notifiers, alerts, notifiers;

-- Where notifications go. `target` and `secret` are shown to nobody: `target` may hold a secret too.
create table notifiers (
  id                uuid primary key default gen_random_uuid(),
  name              text collate "C" not null unique,
  kind              text collate "C" not null check (kind in ('WEBHOOK', 'SLACK', 'EMAIL')),
  target            text not null,
  secret            text,
  last_delivered_at timestamptz,
  last_error        text,
  created_at        timestamptz not null default clock_timestamp(),
  check (secret is null or kind = 'WEBHOOK')
);

comment on column notifiers.target is 'a URL, or addresses separated by commas';
comment on column notifiers.last_error is 'of the last attempt; null when it succeeded';

-- What an ADMIN says of an alert. What the evaluator knows of it is in alert_states.
create table alerts (
  id             uuid primary key default gen_random_uuid(),
  name           text collate "C" not null unique,
  search_id      uuid not null references saved_searches,
  measure        text collate "C" not null
    check (measure in ('COUNT', 'ERROR_RATE', 'ABSENCE', 'NEW_ERROR', 'LLM_COST_USD')),
  threshold      double precision,
  minimum        bigint not null,
  window_minutes integer not null check (window_minutes > 0),
  cooldown_ms    double precision not null,
  enabled        boolean not null,
  silenced_until timestamptz,
  version        integer not null default 1
);
create index idx_alerts_search on alerts (search_id);

comment on column alerts.version is 'changes with each saveAlert, and with saveSearch of its search: the result of an evaluation of an older one is thrown away';

create table alert_notifiers (
  alert_id    uuid not null references alerts on delete cascade,
  notifier_id uuid not null references notifiers,
  primary key (alert_id, notifier_id)
);
create index idx_alert_notifiers_notifier on alert_notifiers (notifier_id);

-- How far each alert is evaluated. The evaluator moves `next_minute` in the transaction that writes the event: so each minute is
-- evaluated once, whichever servers try.
create table alert_states (
  alert_id      uuid primary key references alerts on delete cascade,
  next_minute   timestamptz not null,
  state         text collate "C" not null default 'UNKNOWN' check (state in ('OK', 'FIRING', 'UNKNOWN')),
  value         double precision,
  error         text,
  evaluated_at  timestamptz,
  unknown_since timestamptz default clock_timestamp(),
  last_fired_at timestamptz,
  is_open       boolean not null default false
) with (fillfactor = 70);

comment on column alert_states.next_minute is 'the minute M, exclusive end of the window, that is evaluated next';
comment on column alert_states.last_fired_at is 'the minute of the last FIRED event';
comment on column alert_states.is_open is 'whether a FIRED event has no RESOLVED event yet';

-- Kept 90 days. `at` is the minute M that was evaluated.
create table alert_events (
  id       uuid primary key default gen_random_uuid(),
  alert_id uuid not null references alerts on delete cascade,
  kind     text collate "C" not null check (kind in ('FIRED', 'RESOLVED')),
  at       timestamptz not null,
  value    double precision,
  from_ts  timestamptz not null,
  to_ts    timestamptz not null,
  sample   jsonb not null,
  unique (alert_id, at)
);
create index idx_alert_events_at on alert_events (at, id);

comment on column alert_events.sample is 'places of records, the newest first: [{"timestamp", "uid"}]';

-- What is to be sent, to one notifier each. Written in the transaction of the event. A row is due when `next_attempt_at` has come
-- and no row before it, of the same alert and notifier, has a `next_attempt_at`.
create table alert_deliveries (
  id              uuid primary key default gen_random_uuid(),
  place           bigint generated always as identity,
  alert_id        uuid not null references alerts on delete cascade,
  event_id        uuid references alert_events on delete cascade,
  notifier_id     uuid references notifiers on delete set null,
  notifier_name   text collate "C" not null,
  notification    jsonb not null,
  attempts        integer not null default 0,
  next_attempt_at timestamptz default clock_timestamp(),
  delivered_at    timestamptz,
  given_up_at     timestamptz,
  error           text,
  created_at      timestamptz not null default clock_timestamp(),
  check (next_attempt_at is null or (delivered_at is null and given_up_at is null))
);
create index idx_alert_deliveries_next on alert_deliveries (next_attempt_at) where next_attempt_at is not null;
create index idx_alert_deliveries_order on alert_deliveries (alert_id, notifier_id, place) where next_attempt_at is not null;
create index idx_alert_deliveries_alert on alert_deliveries (alert_id);
create index idx_alert_deliveries_event on alert_deliveries (event_id);
create index idx_alert_deliveries_notifier on alert_deliveries (notifier_id);

comment on column alert_deliveries.place is 'order in which the deliveries of an alert are sent to a notifier';
comment on column alert_deliveries.event_id is 'null: a trial';
comment on column alert_deliveries.notifier_id is 'null: the notifier was deleted';
comment on column alert_deliveries.notification is 'the facts that are sent, as they were at the event: src/db/alerts/deliveries.ts';
comment on column alert_deliveries.next_attempt_at is 'null: delivered or given up';

-- What each server tells every few seconds: whether records that it accepted are not in the database yet.
create table server_backlogs (
  server_id     uuid primary key,
  host          text not null,
  told_at       timestamptz not null,
  waiting_since timestamptz
);

comment on column server_backlogs.waiting_since is 'when the oldest record that waits was accepted; -infinity: unknown; null: none waits';
