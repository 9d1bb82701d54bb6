import { randomBytes } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import postgres from '../connection/postgres.ts';

const PASSWORD_FILE = 'weir-password';
const PASSWORD = /^[\w-]{20,}$/;

/** Everything in schema public that is not of the role `weir` and not of an extension. A linked sequence follows its table. */
const GIVE_OBJECTS = `
  do $$
  declare command text;
  begin
    for command in
      select format('alter %s %s owner to weir', case c.relkind when 'S' then 'sequence' when 'v' then 'view'
        when 'm' then 'materialized view' when 'f' then 'foreign table' else 'table' end, c.oid::regclass)
      from pg_class c
      where c.relnamespace = 'public'::regnamespace and c.relowner <> 'weir'::regrole
        and c.relkind in ('r', 'p', 'S', 'v', 'm', 'f')
        and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid
          and (d.deptype = 'e' or c.relkind = 'S' and d.deptype in ('a', 'i')))
      union all
      select format('alter routine %s owner to weir', p.oid::regprocedure)
      from pg_proc p
      where p.pronamespace = 'public'::regnamespace and p.proowner <> 'weir'::regrole
        and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
      union all
      select format('alter type %s owner to weir', t.oid::regtype)
      from pg_type t
      where t.typnamespace = 'public'::regnamespace and t.typowner <> 'weir'::regrole and t.typtype in ('d', 'e', 'r')
        and not exists (select from pg_depend d where d.classid = 'pg_type'::regclass and d.objid = t.oid and d.deptype = 'e')
    loop
      execute command;
    end loop;
  end
  $$;`;

/**
 * Makes the role that Weir works as: it owns the database and what is in it, and is no superuser. A folder that an older
 * version made, or a dump that was restored as the superuser, is changed. The role's password is in a file of its own.
 * @returns the role's URL
 */
export async function prepareRole(superuserUrl: string, dataDir: string): Promise<string> {
  const password = await readOrMakePassword(join(dataDir, PASSWORD_FILE));
  const sql = postgres(superuserUrl, { max: 1, fetch_types: false, onnotice: () => {} });
  try {
    // One simple query is one transaction. Should it fail, the server must not log it: it has the password.
    await sql.unsafe(`
      set local log_min_error_statement = panic;
      do $$ begin
        if not exists (select from pg_roles where rolname = 'weir') then create role weir; end if;
      end $$;
      alter role weir login nosuperuser nocreatedb nocreaterole noreplication nobypassrls password '${password}';
      alter database postgres owner to weir;
      ${GIVE_OBJECTS}`);
  } finally {
    await sql.end();
  }
  return Object.assign(new URL(superuserUrl), { username: 'weir', password }).href;
}

/** The URL of the role for a running server; undefined before `prepareRole` made the role. */
export async function roleUrl(dataDir: string, port: number): Promise<string | undefined> {
  const password = (await readFile(join(dataDir, PASSWORD_FILE), 'utf8').catch(() => '')).trim();
  return PASSWORD.test(password) ? `postgres://weir:${password}@127.0.0.1:${port}/postgres` : undefined;
}

async function readOrMakePassword(file: string): Promise<string> {
  const found = (await readFile(file, 'utf8').catch(() => '')).trim();
  if (PASSWORD.test(found)) return found;
  const password = randomBytes(24).toString('base64url');
  await writeFile(`${file}.new`, `${password}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
  return password;
}
