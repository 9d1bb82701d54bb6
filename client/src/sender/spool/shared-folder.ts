import { randomUUID } from 'node:crypto';
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmdirSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasEnded, thisOwner } from './owner.ts';

const PRIVATE_FOLDER = 0o700;
const LOCK = 'owner.json';
const SUFFIX = '.spool';
/** A folder without a lock file may be one that is just being made. */
const MAKING_MS = 60_000;

/** A file of a process that has ended. */
export interface LeftFile {
  path: string;
  bytes: number;
}

/** A folder that several processes share. Each has a folder of its own within it. */
export interface SharedFolder {
  newPath(): string;
  /** Moves the files of processes that have ended into this one's folder. Each file goes to one process. The oldest first. */
  adopt(): LeftFile[];
  /** Says that this process still runs, to those that cannot see it. */
  touch(): void;
  /** Leaves what is not sent for another process. */
  close(): void;
}

/** @throws the folder cannot be made or written, or belongs to another user */
export function openSharedFolder(folder: string): SharedFolder {
  mkdirSync(folder, { recursive: true, mode: PRIVATE_FOLDER });
  checkOwner(folder);
  const own = join(folder, randomUUID());
  const lock = join(own, LOCK);
  const make = (): void => {
    mkdirSync(own, { recursive: true, mode: PRIVATE_FOLDER });
    writeFileSync(lock, JSON.stringify(thisOwner()), { mode: 0o600 });
  };
  make();

  function adoptFrom(other: string): string[] {
    const moved = readdirSync(other)
      .filter((name) => name.endsWith(SUFFIX))
      .flatMap((name) => (move(join(other, name), join(own, name)) ? [join(own, name)] : []));
    ignoreErrors(() => unlinkSync(join(other, LOCK)));
    ignoreErrors(() => rmdirSync(other));
    return moved;
  }

  return {
    newPath() {
      // Something that cleans temporary folders may have removed it.
      if (!exists(lock)) make();
      return join(own, `${Date.now()}-${randomUUID()}${SUFFIX}`);
    },
    adopt() {
      const others = readdirSync(folder)
        .map((name) => join(folder, name))
        .filter((other) => other !== own && isLeft(other));
      const moved = others.flatMap((other) => attempt(() => adoptFrom(other)) ?? []).sort();
      return moved.map((path) => ({ path, bytes: statSync(path).size }));
    },
    touch: () => utimesSync(lock, new Date(), new Date()),
    close() {
      ignoreErrors(() => unlinkSync(lock));
      ignoreErrors(() => rmdirSync(own));
    },
  };
}

/** A closed folder keeps its files without a lock. */
function isLeft(folder: string): boolean {
  const lock = join(folder, LOCK);
  return attempt(() => (exists(lock) ? hasEnded(lock) : isClosed(folder))) ?? false;
}

const isClosed = (folder: string): boolean =>
  readdirSync(folder).some((name) => name.endsWith(SUFFIX)) || Date.now() - statSync(folder).mtimeMs > MAKING_MS;

/** Below the temporary folder, another user may have made it first. Elsewhere root may use a folder of any user. */
function checkOwner(folder: string): void {
  const { uid } = lstatSync(folder);
  const self = process.getuid?.();
  const isTrusted = self === undefined || uid === self || (self === 0 && !folder.startsWith(tmpdir()));
  if (!isTrusted) throw new Error(`${folder} belongs to another user`);
}

/** False: another process was first. */
function move(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch {
    return false;
  }
}

const exists = (path: string): boolean => statSync(path, { throwIfNoEntry: false }) !== undefined;

function attempt<Result>(call: () => Result): Result | undefined {
  try {
    return call();
  } catch {
    return undefined;
  }
}
const ignoreErrors = (call: () => void): void => void attempt(call);
