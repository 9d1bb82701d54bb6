/** Data, to stdout. Resolves when it is written, rejects with EPIPE where the reader left. */
export const print = (line: string): Promise<void> =>
  new Promise((resolve, reject) => {
    process.stdout.write(`${line}\n`, (error) => (error ? reject(error) : resolve()));
  });

/** Talk, to stderr: nothing that a program behind a pipe should read. */
export const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};
