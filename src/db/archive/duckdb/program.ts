import { mkdirSync, rmSync } from 'node:fs';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { ArchiveFile, ArchiveQuestion, ArchiveRemoval } from '../../connection/archive-link.ts';
import { fileHash } from './file-hash.ts';
import { statementOf } from './file-statements.ts';
import { createKnownFiles, FileProblem } from './known-files.ts';
import { MACROS } from './macros.ts';
import { type Answer, type FileWork, type Problem, type ProgramOptions, type Request, STARTED } from './protocol.ts';
import { SETTINGS } from './settings.ts';
import { boundTypes, boundValues, readRows } from './values.ts';
import { viewOf } from './views.ts';

// A program of its own: if DuckDB ends it, or takes too long to stop, the server goes on. It ends when the server does.

// Ctrl-C and supervisors signal the whole group. The server needs this program until it has answered, and ends it itself.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

const MEMORY = '512MB';
const THREADS = '2';
const TEMP_FILES = '4GB';
/** Rows of an answer at most: a page has 1,001, groups that are counted are more. */
const ROWS_MAX = 1_000_000;
const INTERRUPT_AGAIN_MS = 50;

const options = JSON.parse(process.argv[2]!) as ProgramOptions;
// DuckDB would make it without the folders above it, and for all users to read.
mkdirSync(options.tempFolder, { recursive: true, mode: 0o700 });
const instance = await DuckDBInstance.create(':memory:', {
  memory_limit: MEMORY,
  threads: THREADS,
  temp_directory: options.tempFolder,
  max_temp_directory_size: TEMP_FILES,
  ...SETTINGS,
});
const idle: DuckDBConnection[] = [];
/** Where each question runs. */
const asked = new Map<number, DuckDBConnection>();
/** Cancels each question that has no answer. */
const unanswered = new Map<number, AbortController>();
const files = createKnownFiles(options.folder);

/** The last removal that is known of each archived partition. */
const removedThrough = new Map<number, number>();
/** Removals are known in the order in which they were sent, and before the questions after them. */
let removing: Promise<unknown> = Promise.resolve();

await setUp();
process.on('message', (request: Request) => {
  if (request.kind === 'cancel') unanswered.get(request.number)?.abort();
  else if (request.kind === 'ask') answer(request.number, (...how) => ask(request.number, request.question, ...how));
  else if (request.kind === 'work') answer(request.number, (...how) => work(request.number, request.work, ...how));
  else {
    const removed = removing.then(() => remove(request.archivedId, request.after, request.removals));
    removing = removed.catch(() => {});
    answer(request.number, () => removed);
  }
});
process.on('disconnect', end);
process.on('uncaughtException', (error) => {
  console.error(error);
  end();
});
await tell(STARTED);

function end(): void {
  try {
    rmSync(options.tempFolder, { recursive: true, force: true });
  } finally {
    // `process.exit` would wait for the end of what DuckDB does, however long that takes.
    process.kill(process.pid, 'SIGKILL');
  }
}

/** Resolves when the message is sent. When the server is gone, nobody is told, and the program ends. */
function tell(answer: Answer): Promise<void> {
  return new Promise((resolve) => process.send!(answer, undefined, undefined, () => resolve()));
}

async function setUp(): Promise<void> {
  const connection = await open();
  await connection.run('create table removed (archived_id bigint, id bigint, ts timestamptz, uid uuid)');
  await connection.run(MACROS);
  idle.push(connection);
}

async function open(): Promise<DuckDBConnection> {
  const connection = await instance.connect();
  await connection.run("set TimeZone = 'UTC'");
  return connection;
}

/** Resolves when they are sent. */
type SendRows = (rows: object[]) => Promise<void>;

function answer(number: number, work: (signal: AbortSignal, send: SendRows) => Promise<void>): void {
  const cancelled = new AbortController();
  const { signal } = cancelled;
  let interrupting: NodeJS.Timeout | undefined;
  // DuckDB forgets an interrupt when a statement begins, and the question may have several: it is interrupted until it ends.
  signal.addEventListener('abort', () => {
    const interrupt = (): void => asked.get(number)?.interrupt();
    interrupt();
    interrupting = setInterval(interrupt, INTERRUPT_AGAIN_MS);
  });
  unanswered.set(number, cancelled);
  const finish = (message: Answer): void => {
    clearInterval(interrupting);
    unanswered.delete(number);
    void tell(message);
  };
  work(signal, (rows) => tell({ number, rows })).then(
    () => finish({ number, done: true }),
    (error: Error) => finish({ number, problem: problemOf(error) }),
  );
}

async function ask(
  number: number,
  { logs, calls, text, values }: ArchiveQuestion,
  signal: AbortSignal,
  send: SendRows,
): Promise<void> {
  await removing;
  for (const file of [...logs, ...calls]) await check(file, signal);
  signal.throwIfAborted();
  const connection = idle.pop() ?? (await open());
  asked.set(number, connection);
  try {
    await connection.run(`${viewOf('system_logs', options.folder, logs)};${viewOf('llm_logs', options.folder, calls)}`);
    const result = await connection.stream(text, boundValues(values), boundTypes(values));
    for await (const rows of readRows(result, ROWS_MAX)) await send(rows);
  } finally {
    asked.delete(number);
    idle.push(connection);
  }
}

async function work(number: number, given: FileWork, signal: AbortSignal, send: SendRows): Promise<void> {
  await removing;
  if (given.does === 'hash') return send([{ sha256: await fileHash(given.file, signal) }]);
  if (given.does === 'reduce') await check(given.archived, signal);
  if (given.does === 'check' && typeof given.file !== 'string') await check(given.file, signal);
  const connection = idle.pop() ?? (await open());
  asked.set(number, connection);
  try {
    const result = await connection.stream(statementOf(options.folder, given));
    for await (const rows of readRows(result, ROWS_MAX)) await send(rows);
  } finally {
    asked.delete(number);
    idle.push(connection);
  }
}

/** @throws FileProblem unless the file's bytes are those that were archived */
async function check(file: ArchiveFile, signal: AbortSignal): Promise<void> {
  const isTold = file.removedThrough <= (removedThrough.get(file.archivedId) ?? 0);
  if (!isTold) throw new Error('the program was not told what was removed');
  await files.expect(file, signal);
}

/** Removals after others that could not be kept are refused: the server sends all of them again. */
async function remove(archivedId: number, after: number, removals: readonly ArchiveRemoval[]): Promise<void> {
  const known = removedThrough.get(archivedId) ?? 0;
  if (after > known) throw new Error(`expected removals after ${known}, got those after ${after}. Ask again`);
  const connection = idle.pop() ?? (await open());
  try {
    for (const { id, times, uids } of removals) {
      await connection.run(
        `insert into removed
         select $1, $2, unnest(string_split($3, ','))::timestamptz, unnest(string_split($4, ','))::uuid`,
        boundValues([archivedId, id, times, uids]),
        boundTypes([archivedId, id, times, uids]),
      );
      removedThrough.set(archivedId, Math.max(id, removedThrough.get(archivedId) ?? 0));
    }
  } finally {
    idle.push(connection);
  }
}

function problemOf(error: Error): Problem {
  const { message } = error;
  if (error instanceof FileProblem) return { kind: 'FILE', message };
  if (/^(?:IO|Invalid Input) Error.*(?:parquet|No files found)/is.test(message)) return { kind: 'FILE', message };
  if (error instanceof RangeError || /^Out of Memory Error/.test(message)) return { kind: 'LARGE', message };
  return { kind: 'FAILED', message };
}
