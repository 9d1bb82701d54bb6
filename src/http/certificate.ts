import { readFile, stat } from 'node:fs/promises';
import { createSecureContext, type Server as TlsServer } from 'node:tls';
import type { Logger } from 'pino';
import type { TlsFiles } from '../config.ts';
import { CannotStart } from '../errors.ts';

interface Certificate {
  cert: Buffer;
  key: Buffer;
}

/** How often the files are looked at. */
const LOOK_EVERY_MS = 2000;

/** @throws Error a file cannot be read, is not in PEM, or the key is not that of the certificate */
async function readCertificate({ cert, key }: TlsFiles): Promise<Certificate> {
  const read = { cert: await readFile(cert), key: await readFile(key) };
  createSecureContext(read);
  return read;
}

/** A certificate that is in use. */
export interface WatchedCertificate {
  first: Certificate;
  /**
   * Reads the files again when they change: certificates are renewed while a server runs. While the new ones cannot be used,
   * the old one stays; one file may change before the other. Connections that are open keep what they have.
   */
  renew(server: TlsServer): Disposable;
}

/** @throws CannotStart */
export async function openCertificate(files: TlsFiles, log: Logger): Promise<WatchedCertificate> {
  let used = await stateOf(files);
  let problem: string | undefined;

  async function look(server: TlsServer): Promise<void> {
    const state = await stateOf(files);
    if (state === used) return;
    try {
      server.setSecureContext(await readCertificate(files));
      used = state;
      problem = undefined;
      log.info({ cert: files.cert }, 'the certificate has changed: new connections get the new one');
    } catch (err) {
      const { message } = err as Error;
      if (message !== problem) log.error({ err, ...files }, 'the new certificate cannot be used: the old one stays');
      problem = message;
    }
  }

  return {
    first: await firstCertificate(files),
    renew(server) {
      let looking = Promise.resolve();
      const timer = setInterval(() => {
        looking = looking.then(() => look(server));
      }, LOOK_EVERY_MS);
      timer.unref();
      return { [Symbol.dispose]: () => clearInterval(timer) };
    },
  };
}

async function firstCertificate(files: TlsFiles): Promise<Certificate> {
  try {
    return await readCertificate(files);
  } catch (cause) {
    throw new CannotStart(
      `TLS_CERT, TLS_KEY: expected files with a certificate and its key in PEM, got: ${(cause as Error).message}`,
      { cause },
    );
  }
}

/** Differs when a file has changed or is another one. */
async function stateOf({ cert, key }: TlsFiles): Promise<string> {
  const states = [cert, key].map((file) =>
    stat(file).then(
      ({ ino, size, mtimeMs, ctimeMs }) => [ino, size, mtimeMs, ctimeMs].join(' '),
      () => 'missing',
    ),
  );
  return (await Promise.all(states)).join(', ');
}
