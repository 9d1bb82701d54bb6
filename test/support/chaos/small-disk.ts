import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system of its own, in memory, that is soon full. */
interface SmallDisk extends Disposable {
  folder: string;
  grow(size: string): void;
}

/** `size` as mount(8) reads it, such as `2m`. @throws where this user may not mount */
export function mountSmallDisk(size: string): SmallDisk {
  const folder = mkdtempSync(join(tmpdir(), 'weir-test-disk-'));
  try {
    mount('-t', 'tmpfs', '-o', `size=${size},mode=0777`, 'weir-test', folder);
  } catch (error) {
    rmSync(folder, { recursive: true });
    throw error;
  }
  return {
    folder,
    grow: (to) => mount('-o', `remount,size=${to}`, folder),
    [Symbol.dispose]() {
      execFileSync('umount', ['--lazy', folder], { stdio: 'ignore' });
      rmSync(folder, { recursive: true });
    },
  };
}

export function canMount(): boolean {
  try {
    mountSmallDisk('64k')[Symbol.dispose]();
    return true;
  } catch {
    return false;
  }
}

const mount = (...args: string[]): void => {
  execFileSync('mount', args, { stdio: 'ignore' });
};
