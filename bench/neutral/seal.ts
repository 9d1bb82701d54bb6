import { groupSealedBlocks } from '../../src/db/blocks/group-blocks.ts';
import { connect } from '../../src/db/connection/client.ts';
import { readSealable, sealPartition } from '../../src/db/partitions/seal.ts';
import { openSealSession } from '../../src/db/partitions/seal-session.ts';
import { PARTITIONED_TABLES } from '../../src/db/schema/partitioned-table.ts';

/** No partition ends so late. */
const ANY_END_MS = -400 * 86_400_000;

/** Seals every partition, also those whose time has not passed, as the server's own tasks do. Returns how many. */
export async function sealAll(url: string): Promise<number> {
  const sql = connect(url, { max: 1, statementTimeoutMs: 0 });
  try {
    const due = (await Promise.all(PARTITIONED_TABLES.map((table) => readSealable(sql, table, ANY_END_MS)))).flat();
    await using session = await openSealSession(url);
    if (!session) throw new Error('expected to seal, but another server does');
    for (const partition of due) await sealPartition(session, partition, () => true);
    await groupSealedBlocks(sql);
    return due.length;
  } finally {
    await sql.end();
  }
}

/** How many partitions are sealed already: the server seals those that ended an hour ago and are quiet. */
export async function countSealed(url: string): Promise<number> {
  const sql = connect(url, { max: 1, statementTimeoutMs: 0 });
  try {
    const [row] = await sql<{ count: number }[]>`select count(*) as count from log_partitions where state = 'SEALED'`;
    return row!.count;
  } finally {
    await sql.end();
  }
}
