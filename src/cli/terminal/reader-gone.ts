import { readdir, readFile, readlink } from 'node:fs/promises';

const STDOUT = 'self/fd/1';
const LOOK_EVERY_MS = 1000;
/** The access mode in the flags of `fdinfo`, which are octal. */
const ACCESS_MODE = 0o3;
const WRITE_ONLY = 0o1;

/**
 * Aborts when the reader of stdout has gone, as in `weir tail | head -1`. The next write would fail, but a tail may have nothing
 * to write for a long time, and Node cannot wait for a pipe's end without a write. On Linux, /proc shows who has the pipe open.
 * A reader of another user is not visible there: then, and on other systems, the next write ends the command.
 */
export async function readerGone(): Promise<AbortSignal> {
  const gone = new AbortController();
  // The first look is awaited: a reader that leaves after the first record must have been seen.
  if (process.platform === 'linux') await watch(gone);
  return gone.signal;
}

async function watch(gone: AbortController): Promise<void> {
  const pipe = await readlink(`/proc/${STDOUT}`).catch(() => '');
  if (!pipe.startsWith('pipe:')) return;
  let wasSeen = false;
  const look = async (): Promise<void> => {
    const isThere = await hasReader(pipe);
    if (wasSeen && !isThere) {
      gone.abort();
      return;
    }
    wasSeen ||= isThere;
    setTimeout(look, LOOK_EVERY_MS).unref();
  };
  await look();
}

/** Whether a visible process can read from the pipe. */
async function hasReader(pipe: string): Promise<boolean> {
  const processes = (await readdir('/proc').catch(() => [])).filter(
    (name) => /^\d+$/.test(name) && Number(name) !== process.pid,
  );
  for (const id of processes) {
    // A process may end while it is looked at, or belong to another user.
    for (const file of await readdir(`/proc/${id}/fd`).catch(() => [])) {
      if ((await readlink(`/proc/${id}/fd/${file}`).catch(() => '')) !== pipe) continue;
      const info = await readFile(`/proc/${id}/fdinfo/${file}`, 'utf8').catch(() => '');
      const flags = /^flags:\s*(\d+)/m.exec(info)?.[1];
      if (flags !== undefined && (Number.parseInt(flags, 8) & ACCESS_MODE) !== WRITE_ONLY) return true;
    }
  }
  return false;
}
