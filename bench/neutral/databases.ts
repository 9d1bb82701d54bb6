import { type Setting, withClient } from '../setting.ts';

export interface Database extends AsyncDisposable {
  url: string;
}

/** A database that is dropped after its part: autovacuum would work on it during the next part. */
export async function createDisposable(setting: Setting): Promise<Database> {
  const url = await setting.createDatabase();
  return {
    url,
    [Symbol.asyncDispose]: () =>
      withClient(Object.assign(new URL(url), { pathname: '/postgres' }).href, async (client) => {
        await client.query(`drop database ${new URL(url).pathname.slice(1)} with (force)`);
      }),
  };
}
