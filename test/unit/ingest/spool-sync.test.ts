import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { needs } from '../../support/needs.ts';
import { testFolder } from '../../support/spool.ts';

const CHILD = join(import.meta.dirname, '../../support/spool-child.ts');
/** Each system call once, where it was entered. */
const CALL = /\b(pwrite64|fdatasync|fsync|write)\((\d+)/;

test(
  'a batch is acknowledged after its file is synced, and the folder where the file is new',
  needs(canTrace() ? undefined : 'strace is missing, or may not trace here'),
  async () => {
    await using folder = await testFolder();
    const trace = join(folder.path, 'trace');
    const command = [process.execPath, CHILD, join(folder.path, 'spool'), '0', '3'];
    execFileSync('strace', ['-f', '-o', trace, '-e', 'trace=pwrite64,fdatasync,fsync,write', '--', ...command]);
    const calls = (await readFile(trace, 'utf8'))
      .split('\n')
      .flatMap((line) => (CALL.exec(line) ? [CALL.exec(line)!] : []))
      .filter(([, name, file]) => name !== 'write' || file === '1')
      .map(([, name]) => name);
    const appended = ['pwrite64', 'fdatasync', 'write'];
    expect(calls.slice(calls.indexOf('pwrite64'), calls.lastIndexOf('write') + 1)).toEqual([
      'pwrite64',
      'fdatasync',
      'fsync',
      'write',
      ...appended,
      ...appended,
    ]);
    expect(calls.slice(0, calls.indexOf('pwrite64'))).toEqual(['fsync']);
  },
);

function canTrace(): boolean {
  try {
    execFileSync('strace', ['-f', '-o', '/dev/null', process.execPath, '--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
