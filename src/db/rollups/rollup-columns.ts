import type { Fragment, Sql } from '../connection/client.ts';

/** The columns, beside the time, that records are counted by. */
export const groupColumns = (sql: Sql) => sql.unsafe('level, service, component, environment') as unknown as Fragment;
