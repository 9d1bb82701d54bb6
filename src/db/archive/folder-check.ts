import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { join } from 'node:path';

export interface FolderProblem {
  /** Continues a sentence about the folder. */
  message: string;
  mayRead: boolean;
}

/** All files with records are below it. */
const LOGS = 'logs';

/** `hasFiles`: it should have some. Without, the folder is made with the first one. `mustWrite`: this server archives. */
export async function folderProblemOf(
  folder: string,
  hasFiles: boolean,
  mustWrite: boolean,
): Promise<FolderProblem | null> {
  try {
    if (!(await stat(folder)).isDirectory()) return { message: 'is no folder', mayRead: false };
    await access(folder, constants.R_OK | constants.X_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && !hasFiles) return null;
    return { message: code === 'ENOENT' ? 'does not exist' : `cannot be read: ${code}`, mayRead: false };
  }
  if (hasFiles && !(await exists(join(folder, LOGS)))) {
    return { message: 'has no files of the archive: is its file system mounted?', mayRead: false };
  }
  if (!mustWrite) return null;
  try {
    await access(folder, constants.W_OK);
    return null;
  } catch (error) {
    return { message: `cannot be written: ${(error as NodeJS.ErrnoException).code}`, mayRead: true };
  }
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT',
  );
