import { CannotStart } from '../errors.ts';

/** An error of a file under DATA_DIR, as an error that names the setting. Any other error stays as it is. */
export function namingDataDir(error: unknown, dataDir: string): unknown {
  const { code, path, message } = error as NodeJS.ErrnoException;
  if (error instanceof CannotStart) {
    const isNamed = message.includes('DATA_DIR') || !message.includes(dataDir);
    return isNamed ? error : new CannotStart(`DATA_DIR: ${message}`, { cause: error });
  }
  if (code === undefined || !path?.startsWith(dataDir)) return error;
  return new CannotStart(`DATA_DIR: expected a folder that Weir can write to, got ${dataDir}: ${message}`, {
    cause: error,
  });
}
