import { registerHooks } from 'node:module';

/**
 * postgres.js, repaired where version 3.4.9 fails with its server: a write to a connection that was just lost threw outside
 * of every promise and ended the process (porsager/postgres#1154, #1208), and one that was waiting to be sent then kept the
 * connection silent for ever, also after it was made again (porsager/postgres#1168 tells of both); and its own question for
 * array types, the first on each connection, ended the process where the connection was lost meanwhile (porsager/postgres#1192,
 * #1205), as the error of a lost connection met the first statement of the next (#1223). All of Weir imports it from here: the repair is made as the module is loaded. `npm test` says when a new
 * version no longer needs it.
 */
const REPAIRED = '/postgres/src/connection.js';
/** What Postgres has numbered for good (pg_type.dat): arrays of bool, bytea, int8, int2, int4, text, float8, timestamptz, numeric, uuid, jsonb. */
const ARRAY_TYPES = [
  [16, 1000],
  [17, 1001],
  [20, 1016],
  [21, 1005],
  [23, 1007],
  [25, 1009],
  [701, 1022],
  [1184, 1185],
  [1700, 1231],
  [2950, 2951],
  [3802, 3807],
];
const REPAIRS: readonly (readonly [broken: string, repaired: string])[] = [
  [
    'const x = socket.write(chunk, fn)',
    `if (socket === null) {
      const lost = Errors.connection('CONNECTION_CLOSED', options)
      query && queryError(query, lost)
      while (sent.length) queryError(sent.shift(), lost)
      query = chunk = nextWriteTimer = null
      return false
    }
    const x = socket.write(chunk, fn)`,
  ],
  [
    'clearImmediate(nextWriteTimer)\n    if (socket)',
    'clearImmediate(nextWriteTimer)\n    chunk = nextWriteTimer = null\n    if (socket)',
  ],
  [
    'clearImmediate(nextWriteTimer)\n    socket.remove',
    'clearImmediate(nextWriteTimer)\n    chunk = nextWriteTimer = null\n    socket.remove',
  ],
  ['socket.removeAllListeners()\n    socket = null', 'socket.removeAllListeners()\n    socket = errorResponse = null'],
  [
    'return fetchArrayTypes()',
    `needsTypes = false
        for (const [element, array] of ${JSON.stringify(ARRAY_TYPES)}) addArrayType(element, array)
        if (!initial) return onopen(connection)`,
  ],
];

let isRepaired = false;
const hooks = registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!url.endsWith(REPAIRED)) return loaded;
    isRepaired = true;
    return { ...loaded, source: repair(String(loaded.source)) };
  },
});

function repair(source: string): string {
  for (const [broken] of REPAIRS) {
    if (source.split(broken).length !== 2) throw new Error(`postgres.js: expected ${JSON.stringify(broken)} once`);
  }
  return REPAIRS.reduce((text, [broken, repaired]) => text.replace(broken, () => repaired), source);
}

const { default: postgres } = await import('postgres');
hooks.deregister();
if (!isRepaired) throw new Error('postgres.js was loaded before it could be repaired: import it from db/postgres.ts');

export default postgres;
