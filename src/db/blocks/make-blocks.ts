import type { LogRecord } from '../../log/record.ts';
import type { TimeSpan } from '../../log/time-span.ts';
import type { Sql } from '../connection/client.ts';
import { within } from '../filter/time-sql.ts';
import { LLM_CALL, RECORD } from '../schema/columns.ts';
import { BlockMaker } from './block.ts';
import { blockStatement } from './write-blocks.ts';

/** Records in memory at the same time. */
const ROWS_AT_ONCE = 500;

/** Makes blocks of the records that are stored in a span, in the transaction `tx`. Walks along the primary key. */
export async function makeBlocks(tx: Sql, span: TimeSpan): Promise<void> {
  const maker = new BlockMaker();
  for (let last: LogRecord | undefined, isDone = false; !isDone; ) {
    const rows: LogRecord[] = await readSome(tx, span, last);
    for (const row of rows) maker.add(row);
    last = rows.at(-1);
    isDone = rows.length < ROWS_AT_ONCE;
    const statement = blockStatement(isDone ? maker.take() : maker.takeEnded());
    if (statement !== '') await tx.unsafe(statement);
  }
}

/** The next records after this one, with their calls. */
function readSome(tx: Sql, span: TimeSpan, after: LogRecord | undefined): Promise<LogRecord[]> {
  const later = after && tx`and (ts, uid) > (${after.timestamp}::timestamptz, ${after.uid}::uuid)`;
  const left = after ? { from: after.timestamp, to: span.to } : span;
  return tx<LogRecord[]>`
    select ${tx.unsafe(RECORD)}, (
      select to_jsonb(call) from (
        select ${tx.unsafe(LLM_CALL)} from llm_logs
        where llm_logs.ts = system_logs.ts and llm_logs.uid = system_logs.uid and ${within(tx, left)}
      ) as call
    ) as llm
    from system_logs where ${within(tx, left)} ${later ?? tx``} order by ts, uid limit ${ROWS_AT_ONCE}`;
}
