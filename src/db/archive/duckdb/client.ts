import { type ChildProcess, fork } from 'node:child_process';
import { extname, join } from 'node:path';
import { ArchiveUnavailable, Overloaded, QueryTimeout, QueryTooComplex, WeirError } from '../../../errors.ts';
import { createPlaces } from '../../../timing/places.ts';
import { type ArchiveQuestion, type ArchiveStore, RemovalsUnknown } from '../../connection/archive-link.ts';
import type { Answer, FileWork, Problem, ProgramOptions, Request } from './protocol.ts';

/** `.js` in the package. */
const PROGRAM = new URL(`./program${extname(import.meta.filename)}`, import.meta.url);
/** Questions that DuckDB works on at the same time: each may take all of its threads and of its memory. */
const RUNNING_MAX = 2;
/** Questions that wait. */
const WAITING_MAX = 200;
/** Of a question whose asker gives no signal: one that gives one has a deadline of its own, such as QUERY_TIMEOUT. */
const QUESTION_MS = 60_000;
/** DuckDB stops soon after it is interrupted. A program that does not is ended. */
const INTERRUPT_MS = 5000;
/** Keys of removed records, also of files that are gone, that the program holds. With more it ends when it has nothing to do. */
const TOLD_KEYS_MAX = 2_000_000;
/** Without questions for so long, the program ends and gives its memory back. */
const IDLE_MS = 5 * 60_000;
/** A program that ended before it could answer, as where DuckDB is of another platform, is started again after this time at the earliest. */
const RESTART_AFTER_MS = 5000;

/** A request that the program has. */
interface Open {
  child: ChildProcess;
  take(answer: Answer): void;
}

/** Told of what the program does, for metrics. */
export interface ObserveDuckDb {
  /** A question has its answer, after this time with its wait; or failed with the code of an error. Not where its client has gone. */
  answered(seconds: number, code: string | null): void;
  /** The program has ended although it should run. */
  ended(): void;
}

/** The program that reads the archive. It runs while there are questions. */
export interface DuckProgram extends AsyncDisposable, Pick<ArchiveStore, 'ask' | 'addRemovals' | 'knownRemovals'> {
  /** Writes files: see `FileWork`. Its time has no limit but `signal`. */
  work(work: FileWork, signal: AbortSignal): Promise<object[]>;
}

export function createDuckProgram(options: ProgramOptions, observe?: ObserveDuckDb): DuckProgram {
  let program: ChildProcess | null = null;
  let number = 0;
  let idle: NodeJS.Timeout | undefined;
  const places = createPlaces({
    max: RUNNING_MAX,
    waiting: WAITING_MAX,
    tooMany: (waiting) => new Overloaded(`expected at most ${waiting} questions to wait for the archive. Retry later`),
  });
  const answers = new Map<number, Open>();
  let failedStart: { problem: Problem; at: number } | null = null;
  let isClosed = false;
  const removals = new Map<number, number>();
  let toldKeys = 0;

  function forgetRemovals(): void {
    removals.clear();
    toldKeys = 0;
  }

  function started(): ChildProcess {
    if (isClosed) throw new Overloaded('the server is closing');
    if (program) return program;
    if (failedStart && performance.now() - failedStart.at < RESTART_AFTER_MS) {
      throw errorOf(failedStart.problem, options);
    }
    const child = fork(PROGRAM, [JSON.stringify(options)], {
      serialization: 'advanced',
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    let hasStarted = false;
    child.on('message', (answer: Answer) => {
      hasStarted = true;
      answers.get(answer.number)?.take(answer);
    });
    const ended = (why: string): void => {
      const message = `the program that reads the archive has ended: ${why}`;
      const problem: Problem = { kind: hasStarted ? 'FAILED' : 'START', message };
      if (program === child) {
        program = null;
        forgetRemovals();
        observe?.ended();
        if (!hasStarted) failedStart = { problem, at: performance.now() };
      }
      for (const [open, one] of [...answers]) if (one.child === child) one.take({ number: open, problem });
    };
    child.on('error', ({ message }) => ended(message));
    child.on('exit', (code, signal) => ended(signal ?? `exit code ${code}`));
    program = child;
    return child;
  }

  function end(): void {
    const child = program;
    program = null;
    forgetRemovals();
    if (child?.connected) child.disconnect();
  }

  function endIdle(): void {
    if (answers.size === 0) end();
  }

  /** Resolves to the rows. `signal` may only be aborted by its owner, who rejects the question himself. */
  const send = (request: Request, signal: AbortSignal): Promise<object[]> =>
    new Promise((resolve, reject) => {
      const { number: own } = request;
      const child = started();
      let late: NodeJS.Timeout | undefined;
      const cancel = (): void => {
        child.send({ kind: 'cancel', number: own } satisfies Request, () => {});
        late = setTimeout(() => child.kill('SIGKILL'), INTERRUPT_MS);
      };
      const rows: object[] = [];
      const take = (answer: Answer): void => {
        if ('rows' in answer) {
          rows.push(...answer.rows);
          return;
        }
        answers.delete(own);
        clearTimeout(late);
        signal.removeEventListener('abort', cancel);
        if ('done' in answer) resolve(rows);
        else reject(errorOf(answer.problem, options));
      };
      answers.set(own, { child, take });
      signal.addEventListener('abort', cancel, { once: true });
      child.send(request, (error) => {
        if (error) answers.get(own)?.take({ number: own, problem: { kind: 'FAILED', message: error.message } });
      });
    });

  /** One after the other beyond `RUNNING_MAX`. */
  async function inTurn(request: Request, signal: AbortSignal): Promise<object[]> {
    const place = await places.take(signal);
    clearTimeout(idle);
    try {
      signal.throwIfAborted();
      if (request.kind === 'ask') expectTold(request.question);
      return await send(request, signal);
    } finally {
      place[Symbol.dispose]();
      if (places.taken === 0 && toldKeys > TOLD_KEYS_MAX && answers.size === 0) end();
      else if (places.taken === 0) idle = setTimeout(endIdle, IDLE_MS).unref();
    }
  }

  /** The program may have ended after it was told, while the question waited. */
  function expectTold({ logs, calls }: ArchiveQuestion): void {
    for (const { archivedId, removedThrough } of [...logs, ...calls]) {
      if (removedThrough > (removals.get(archivedId) ?? 0)) throw new RemovalsUnknown();
    }
  }

  async function askInTime(question: ArchiveQuestion, given: AbortSignal | undefined): Promise<object[]> {
    const signal = given ?? AbortSignal.timeout(QUESTION_MS);
    try {
      return await inTurn({ kind: 'ask', number: ++number, question }, signal);
    } catch (error) {
      if (!given && signal.aborted) {
        throw new QueryTimeout(
          `expected the archive to answer within ${QUESTION_MS / 1000} s. Ask for less time, or for fewer records`,
          { cause: error },
        );
      }
      throw error;
    }
  }

  return {
    knownRemovals: (archivedId) => removals.get(archivedId) ?? 0,
    async addRemovals(archivedId, added) {
      const after = removals.get(archivedId) ?? 0;
      const new_ = added.filter(({ id }) => id > after);
      if (new_.length === 0) return;
      started();
      removals.set(archivedId, new_.at(-1)!.id);
      toldKeys += new_.reduce((sum, { rows }) => sum + rows, 0);
      try {
        await send(
          { kind: 'remove', number: ++number, archivedId, after, removals: new_ },
          new AbortController().signal,
        );
      } catch (error) {
        removals.delete(archivedId);
        throw error;
      }
    },
    async ask(question, given) {
      const startedAt = performance.now();
      const answered = (code: string | null): void => {
        if (!given?.aborted) observe?.answered((performance.now() - startedAt) / 1000, code);
      };
      try {
        const rows = await askInTime(question, given);
        answered(null);
        return rows;
      } catch (error) {
        if (!(error instanceof RemovalsUnknown)) answered(error instanceof WeirError ? error.code : 'INTERNAL');
        throw error;
      }
    },
    work: (work, signal) => inTurn({ kind: 'work', number: ++number, work }, signal),
    async [Symbol.asyncDispose]() {
      isClosed = true;
      clearTimeout(idle);
      const child = program;
      end();
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      const killed = setTimeout(() => child.kill('SIGKILL'), INTERRUPT_MS);
      await new Promise((resolve) => child.once('exit', resolve));
      clearTimeout(killed);
    },
  };
}

/** Clients read these messages: a file has its path within the archive, whose folder is not for all to know. */
function errorOf({ kind, message }: Problem, { folder, tempFolder }: ProgramOptions): Error {
  const said = message.replaceAll(join(tempFolder, '/'), '').replaceAll(join(folder, '/'), '');
  switch (kind) {
    case 'FILE':
      return new ArchiveUnavailable(`a file of the archive cannot be read: ${said}`);
    case 'LARGE':
      return new QueryTooComplex(`the archive: ${said}. Ask for less time, or for fewer groups`);
    case 'START':
      return new ArchiveUnavailable(`the archive cannot be read: ${said}. Is DuckDB installed for this platform?`);
    case 'FAILED':
      return new Error(`the archive: ${message}`);
  }
}
