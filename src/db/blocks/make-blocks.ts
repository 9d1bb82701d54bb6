import type { LogRecord } from '../../log/record.ts';
import type { TimeSpan } from '../../log/time-span.ts';
import type { Sql } from '../connection/client.ts';
import { within } from '../filter/time-sql.ts';
import { LLM_CALL, RECORD } from '../schema/columns.ts';
import { BlockMaker } from './block.ts';
import { blockStatement } from './write-blocks.ts';

/** Records in memory at the same time. */
const ROWS_AT_ONCE = 100;

/** Makes blocks of the records that are stored in a span, in the transaction `tx`. */
export async function makeBlocks(tx: Sql, span: TimeSpan): Promise<void> {
  const maker = new BlockMaker();
  const rows = tx<LogRecord[]>`
    select ${tx.unsafe(RECORD)}, (
      select to_jsonb(call) from (
        select ${tx.unsafe(LLM_CALL)} from llm_logs
        where llm_logs.ts = system_logs.ts and llm_logs.uid = system_logs.uid and ${within(tx, span)}
      ) as call
    ) as llm
    from system_logs where ${within(tx, span)} order by ts`;
  for await (const some of rows.cursor(ROWS_AT_ONCE)) for (const record of some) maker.add(record);
  const statement = blockStatement(maker.take());
  if (statement !== '') await tx.unsafe(statement);
}
