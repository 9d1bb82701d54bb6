import { withClient } from '../setting.ts';
import { type Cpu, postmasterOf, readCpu, settle } from './processes.ts';

/** What storing or sealing some records cost, until server and PostgreSQL were idle. */
export interface Cost {
  /** CPU seconds a million records. */
  cpu: Cpu;
  /** WAL bytes a record, full-page writes included. */
  wal: number;
  /** By how much the database grew: bytes a record. */
  disk: number;
}

interface Costly {
  work(): Promise<unknown>;
  /** The server's process id, if its CPU time counts. */
  server?: number | undefined;
  /** Waits at least so long for background work. */
  settleMs?: number;
}

/** Begins with a checkpoint, so that each run pays for the same full-page writes. */
export async function costOf(url: string, rows: number, { work, server, settleMs = 0 }: Costly): Promise<Cost> {
  const postmaster = await postmasterOf(url);
  const read = (): Promise<Cpu> => readCpu(postmaster, server);
  await withClient(url, (client) => client.query('checkpoint'));
  const [state, cpu] = [await readState(url), await read()];
  await work();
  const [settled, stateAfter] = [await settle(read, settleMs), await readState(url)];
  const millions = rows / 1_000_000;
  return {
    cpu: {
      server: (settled.server - cpu.server) / millions,
      postgres: (settled.postgres - cpu.postgres) / millions,
    },
    wal: (stateAfter.wal - state.wal) / rows,
    disk: (stateAfter.disk - state.disk) / rows,
  };
}

export const total = ({ cpu }: Cost): number => cpu.server + cpu.postgres;

const readState = (url: string): Promise<{ wal: number; disk: number }> =>
  withClient(url, async (client) => {
    const { rows } = await client.query<{ wal: string; disk: string }>(
      `select pg_current_wal_lsn() - '0/0' as wal, pg_database_size(current_database()) as disk`,
    );
    return { wal: Number(rows[0]!.wal), disk: Number(rows[0]!.disk) };
  });
