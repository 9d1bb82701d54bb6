import type { Sql } from '../connection/client.ts';
import { indexNameOn, readTrigramSchema, sealedIndexes } from '../schema/indexes.ts';
import type { Partition } from './partitions.ts';
import type { SealSession } from './seal-session.ts';

/** What a partition has, beside what it should have once it is sealed. */
export interface Sealable extends Partition {
  state: 'OPEN' | 'SEALED';
  /** Records ever stored in it, as far as the server's statistics remember: they forget in a crash. */
  inserted: number;
  /** Statements to run one by one, outside of a transaction. */
  steps: string[];
  /** A build was interrupted. */
  begun: boolean;
}

/** The partitions whose time was over `graceMs` ago and which are not sealed, or lack an index; the newest first. */
export async function readSealable(sql: Sql, graceMs: number): Promise<Sealable[]> {
  const trigramSchema = await readTrigramSchema(sql);
  const rows = await sql<(Omit<Sealable, 'steps' | 'begun'> & { indexes: IndexesThere })[]>`
    select name, from_ts as "from", to_ts as "to", state, pg_stat_get_tuples_inserted(c.oid) as inserted,
      coalesce((
        select jsonb_object_agg(i.relname, x.indisvalid) from pg_index x join pg_class i on i.oid = x.indexrelid
        where x.indrelid = c.oid
      ), '{}') as indexes
    from log_partitions join pg_class c on c.oid = to_regclass(name)
    where to_ts < now() - ${graceMs} * interval '1 millisecond'
    order by from_ts desc`;
  return rows
    .map(({ indexes, ...partition }) => ({ ...partition, ...missingSteps(partition.name, indexes, trigramSchema) }))
    .filter(({ state, steps }) => state === 'OPEN' || steps.length > 0);
}

/** By name, whether it is valid: one whose build was interrupted is there, costs writes, and answers nothing. */
type IndexesThere = Readonly<Record<string, boolean>>;

function missingSteps(
  partition: string,
  there: IndexesThere,
  trigramSchema: string | null,
): { steps: string[]; begun: boolean } {
  const missing = sealedIndexes(trigramSchema).filter((index) => there[indexNameOn(index, partition)] !== true);
  return {
    begun: missing.some((index) => indexNameOn(index, partition) in there),
    steps: missing.flatMap((index) => {
      const name = indexNameOn(index, partition);
      const create = `create index concurrently ${name} on ${partition} ${index.on}`;
      return name in there ? [`drop index concurrently ${name}`, create] : [create];
    }),
  };
}

/**
 * Builds what is missing, then freezes and analyzes the partition and calls it sealed. No step locks out a sender or a
 * reader; `truncate false`: giving space back at the end of the table would. What is done stays done.
 * @returns false where `mayGoOn` said no before a step
 */
export async function sealPartition(
  session: SealSession,
  { name, steps }: Sealable,
  mayGoOn: () => boolean,
): Promise<boolean> {
  const last = [
    `vacuum (freeze, analyze, truncate false, parallel 0) ${name}`,
    `update log_partitions set state = 'SEALED' where name = '${name}'`,
  ];
  for (const step of [...steps, ...last]) {
    if (!mayGoOn()) return false;
    await session.run(step);
  }
  return true;
}
