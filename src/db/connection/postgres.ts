import { registerHooks } from 'node:module';

/**
 * postgres.js, repaired where version 3.4.9 fails with its server. A write to a connection that was just lost threw outside
 * of every promise and ended the process (porsager/postgres#1154, #1208), and one that was waiting to be sent then kept the
 * connection silent for ever, also after it was made again (porsager/postgres#1168 tells of both). Its own question for
 * array types, the first on each connection, ended the process where the connection was lost meanwhile (porsager/postgres#1192,
 * #1205), as the error of a lost connection met the first statement of the next (#1223). Where a server refused the connection
 * after one that was lost, or closed it without a word, the statement that it was made for heard nothing: it was made again,
 * some hundred times a second, for as long as that went on. What a transaction asked after its connection was lost was asked
 * of the next one there, whoever had that, or kept it from everybody. All of Weir imports it from here: the repair is made as
 * the module is loaded. `npm test` says when a new version no longer needs it.
 */
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
type Repairs = readonly (readonly [broken: string, repaired: string])[];

const OF_CONNECTION: Repairs = [
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
  // The next connection's refusal is for `initial` alone.
  ['closedTime = performance.now()', 'query = null\n    closedTime = performance.now()'],
  // Nothing is left waiting: neither what was asked after the error (`hadError`), nor what the connection was made for, which
  // would have waited for another of several hosts: Weir knows one.
  ['if (initial)\n      return reconnect()\n\n    !hadError && (query ||', ';(query || initial ||'],
  [
    'return fetchArrayTypes()',
    `needsTypes = false
        for (const [element, array] of ${JSON.stringify(ARRAY_TYPES)}) addArrayType(element, array)
        if (!initial) return onopen(connection)`,
  ],
];

const OF_TRANSACTION: Repairs = [
  ['let savepoints = 0', 'let savepoints = 0\n      , lost'],
  [
    'connection.onclose = reject',
    `connection.onclose = (error) => {
          lost = error
          while (queries.length) queries.shift().reject(error)
          reject(error)
        }`,
  ],
  [
    'q.catch(e => uncaughtError || (uncaughtError = e))',
    `q.catch(e => uncaughtError || (uncaughtError = e))
        if (lost) return q.reject(lost)`,
  ],
];

const BROKEN = new Map([
  ['/postgres/src/connection.js', OF_CONNECTION],
  ['/postgres/src/index.js', OF_TRANSACTION],
]);

const hooks = registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    for (const [file, repairs] of BROKEN) {
      if (!url.endsWith(file)) continue;
      BROKEN.delete(file);
      return { ...loaded, source: repair(String(loaded.source), repairs) };
    }
    return loaded;
  },
});

function repair(source: string, repairs: Repairs): string {
  for (const [broken] of repairs) {
    if (source.split(broken).length !== 2) throw new Error(`postgres.js: expected ${JSON.stringify(broken)} once`);
  }
  return repairs.reduce((text, [broken, repaired]) => text.replace(broken, () => repaired), source);
}

const { default: postgres } = await import('postgres');
hooks.deregister();
if (BROKEN.size > 0)
  throw new Error('postgres.js was loaded before it could be repaired: import it from db/postgres.ts');

export default postgres;
