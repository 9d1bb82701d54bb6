import { execFileSync } from 'node:child_process';

/** Whether a program is there, by asking for its version. */
function has(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** A program of Debian's packages, installed where it is missing and that is possible; undefined where it is not. */
export function findProgram(program: string, debianPackage: string): string | undefined {
  if (has(program)) return program;
  if (process.getuid?.() !== 0 || !has('apt-get')) return undefined;
  console.log(`${program} is missing: installing it with apt-get`);
  const options = {
    stdio: ['ignore', 'ignore', 'inherit'] as ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  };
  // Several test files, or runs, may need a program at once: the later wait.
  const wait = '-oDPkg::Lock::Timeout=300';
  try {
    execFileSync('apt-get', ['update', '-qq', wait], options);
    execFileSync('apt-get', ['install', '-y', '-qq', wait, '--no-install-recommends', debianPackage], options);
  } catch {
    return undefined;
  }
  return has(program) ? program : undefined;
}
