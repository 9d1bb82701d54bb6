import type { Timestamp } from '../../log/time.ts';
import type { Fragment, Sql } from '../connection/client.ts';

export const NOTIFIER_KINDS = ['WEBHOOK', 'SLACK', 'EMAIL'] as const;
export type NotifierKind = (typeof NOTIFIER_KINDS)[number];

/** What an ADMIN says of a notifier. `target` and `secret` are for sending alone: the API shows neither. */
export interface NotifierContent {
  name: string;
  kind: NotifierKind;
  /** A URL, or addresses separated by commas. */
  target: string;
  /** Only of a WEBHOOK. */
  secret: string | null;
}

/** A row of `notifiers`. */
export interface Notifier extends NotifierContent {
  id: string;
  lastDeliveredAt: Timestamp | null;
  /** Of the last attempt; null when it succeeded. */
  lastError: string | null;
}

const notifier = (sql: Sql): Fragment => sql`
  id, name, kind, target, secret, last_delivered_at as "lastDeliveredAt", last_error as "lastError"`;

/** By name; capital letters do not count. */
export const listNotifiers = async (sql: Sql): Promise<Notifier[]> =>
  sql<Notifier[]>`select ${notifier(sql)} from notifiers order by lower(name), name`;

/** In the order of the ids; null for one that does not exist. */
export async function findNotifiers(sql: Sql, ids: readonly string[]): Promise<(Notifier | null)[]> {
  const rows = await sql<Notifier[]>`
    select ${notifier(sql)} from notifiers where id = any (${ids as string[]}::uuid[])`;
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => byId.get(id) ?? null);
}

/** The names of alerts that use a notifier. */
export async function alertNamesOfNotifier(tx: Sql, id: string): Promise<string[]> {
  const rows = await tx<{ name: string }[]>`
    select name from alert_notifiers join alerts on id = alert_id where notifier_id = ${id}::uuid order by name`;
  return rows.map(({ name }) => name);
}

export async function insertNotifier(tx: Sql, { name, kind, target, secret }: NotifierContent): Promise<Notifier> {
  const [row] = await tx<Notifier[]>`
    insert into notifiers (name, kind, target, secret) values (${name}, ${kind}, ${target}, ${secret})
    returning ${notifier(tx)}`;
  return row!;
}

/** The error of another target or secret says nothing of the new one. */
export async function replaceNotifier(tx: Sql, id: string, content: NotifierContent): Promise<Notifier> {
  const { name, kind, target, secret } = content;
  const [row] = await tx<Notifier[]>`
    update notifiers set name = ${name}, kind = ${kind}, target = ${target}, secret = ${secret},
      last_error = case when (kind, target, secret) is not distinct from (${kind}, ${target}, ${secret}) then last_error end
    where id = ${id}::uuid
    returning ${notifier(tx)}`;
  return row!;
}

export const removeNotifier = async (tx: Sql, id: string): Promise<void> =>
  void (await tx`delete from notifiers where id = ${id}::uuid`);
