import type { Fragment, Sql } from '../connection/client.ts';

/** The columns that records are counted by, in addition to the time. */
export const groupColumns = (sql: Sql) => sql.unsafe('level, service, component, environment') as unknown as Fragment;
