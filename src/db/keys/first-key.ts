import type { Sql } from '../connection/client.ts';

/** Where the first ADMIN key lies, while it has made no other key and is not revoked. */
export interface FirstKey {
  id: string;
  host: string;
  file: string;
}

const NAME = 'first_admin_key';

export async function readFirstKey(sql: Sql): Promise<FirstKey | null> {
  const [row] = await sql<{ value: FirstKey }[]>`select value from weir_state where name = ${NAME}`;
  return row?.value ?? null;
}

export const writeFirstKey = async (tx: Sql, key: FirstKey): Promise<void> =>
  void (await tx`
    insert into weir_state (name, value) values (${NAME}, ${JSON.stringify(key)}::text::jsonb)
    on conflict (name) do update set value = excluded.value`);

/** Its file is then removed by the server that has it. */
export const forgetFirstKey = async (tx: Sql, id: string): Promise<void> =>
  void (await tx`delete from weir_state where name = ${NAME} and value ->> 'id' = ${id}`);
