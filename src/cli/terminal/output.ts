/** Writes a line of data to stdout. Resolves when it is written, rejects with EPIPE when the reader has gone. */
export const print = (line: string): Promise<void> =>
  new Promise((resolve, reject) => {
    process.stdout.write(`${line}\n`, (error) => (error ? reject(error) : resolve()));
  });

/** Writes a message for people to stderr, so that a program behind a pipe does not read it. */
export const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};
