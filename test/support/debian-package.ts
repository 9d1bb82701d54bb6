import { execFileSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Kept between runs. Not in the repository. */
const CACHE = join(import.meta.dirname, '../../node_modules/.cache/weir-debian');

/** Packages of Debian that are unpacked and not installed: some of them cannot be installed beside each other. */
export interface DebianPackages {
  /** Where a file of the packages lies: `path('/usr/sbin/rsyslogd')`. */
  path(file: string): string;
  /** The folder of libraries: `path('/usr/lib')` with the name of the machine's architecture. */
  libraries: string;
  /** With it, the programs find the libraries of the packages. */
  env: Record<string, string>;
}

/** Unpacks packages, with the packages that they need and that are not installed. Undefined where they cannot be had. */
export function unpackPackages(...names: string[]): DebianPackages | undefined {
  const folder = join(CACHE, names.join('+'));
  try {
    if (!existsSync(folder)) unpackTo(folder, names);
  } catch (error) {
    console.log(`${names.join(', ')} cannot be had: ${(error as Error).message.split('\n')[0]}`);
    return undefined;
  }
  const [libraries = folder] = globSync(join(folder, 'usr/lib/*-linux-gnu*'));
  const paths = new Set(globSync(join(folder, '{usr/,}lib/**/lib*.so*')).map(dirname));
  return {
    path: (file) => join(folder, file),
    libraries,
    env: { LD_LIBRARY_PATH: [...paths].join(':') },
  };
}

/** Into a folder of its own first: other test files may do the same at once, and the first one wins. */
function unpackTo(folder: string, names: string[]): void {
  mkdirSync(CACHE, { recursive: true });
  const making = mkdtempSync(join(CACHE, 'making-'));
  try {
    console.log(`downloading the Debian packages ${names.join(', ')}`);
    const files = join(making, 'files');
    run('apt-get', ['download', '-qq', ...withNeeded(names)], making);
    for (const deb of globSync(join(making, '*.deb'))) run('dpkg', ['-x', deb, files], making);
    if (!existsSync(folder)) renameSync(files, folder);
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
}

/** These packages, and what they need, but for what is installed. */
function withNeeded(names: string[]): string[] {
  const no = ['recommends', 'suggests', 'conflicts', 'breaks', 'replaces', 'enhances'].map((kind) => `--no-${kind}`);
  if (!hasLists(names)) run('apt-get', ['update', '-qq', '-oDPkg::Lock::Timeout=300']);
  const needed = run('apt-cache', ['depends', '--recurse', ...no, ...names]).match(/^[a-z0-9][^\s:]*$/gm) ?? [];
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the format of dpkg-query
  const installed = new Set(run('dpkg-query', ['-W', '-f', '${Package} ${db:Status-Abbrev}\n']).match(/^\S+(?= ii)/gm));
  return [...new Set(needed)].filter((name) => names.includes(name) || !installed.has(name));
}

function hasLists(names: string[]): boolean {
  return names.every((name) => run('apt-cache', ['policy', name]).includes('Candidate: '));
}

const run = (program: string, args: string[], cwd?: string): string =>
  execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], ...(cwd && { cwd }) });
