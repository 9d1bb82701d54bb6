import { readdir, readFile } from 'node:fs/promises';

/**
 * Ends the processes of a run that outlived their tests, and names them: a test that times out cannot end what it started.
 * They are known by TEST_RUN in their environment. Linux only: it reads `/proc`.
 */
export async function endLeftovers(run: string): Promise<void> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name)).map(Number);
  for (const pid of pids.filter((pid) => pid !== process.pid)) {
    const [environment, command] = await Promise.all([read(pid, 'environ'), read(pid, 'cmdline')]);
    if (!environment.split('\0').includes(`TEST_RUN=${run}`)) continue;
    console.log(`A test left a process behind, which is ended now: ${pid} ${command.replaceAll('\0', ' ')}`);
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has just ended.
    }
  }
}

const read = (pid: number, file: string): Promise<string> => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
