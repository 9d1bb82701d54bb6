import { withClient } from '../setting.ts';

const SHOWN_BYTES = 0.5;

/** Bytes a record of each table and index, the largest first; partitions of one table are added up. */
export const readDisk = (url: string, rows: number): Promise<string> =>
  withClient(url, async (client) => {
    const { rows: sizes } = await client.query<{ name: string; bytes: string }>(`
      select regexp_replace(case when c.relkind = 't' then (
          select o.relname || ' (toast)' from pg_class o where o.reltoastrelid = c.oid
        ) else c.relname end, '_[0-9]{8}(_?[0-9]+)*', '') as name, sum(pg_total_relation_size(c.oid) - case
          when c.relkind in ('i', 't') then 0 else pg_indexes_size(c.oid) + case
            when c.reltoastrelid = 0 then 0 else pg_total_relation_size(c.reltoastrelid) end end) as bytes
      from pg_class c where c.relkind in ('r', 'i', 't', 'm') and c.relnamespace::regnamespace::text !~ '^(pg_catalog|pg_toast|information_schema)'
      group by 1 order by 2 desc`);
    return sizes
      .map(({ name, bytes }) => ({ name, each: Number(bytes) / rows }))
      .filter(({ each }) => each >= SHOWN_BYTES)
      .map(({ name, each }) => `${name} ${each.toFixed(1)}`)
      .join(', ');
  });
