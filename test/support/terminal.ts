import { findProgram } from './program.ts';

/** Why no test can have a terminal. */
export const TERMINAL_MISSING =
  process.platform === 'linux' && findProgram('script', 'bsdutils')
    ? undefined
    : 'script (util-linux) makes the terminal';

/**
 * The program and its arguments that run a command in a terminal of its own, and end with its exit code. `script` starts a
 * shell, and Debian's `sh` stays beside what it runs: a Ctrl-C would end the shell with 130, and its exit code would be the
 * one that is seen. The command takes the shell's place.
 */
export const inTerminal = (command: string): [program: string, args: string[]] => [
  'script',
  ['--quiet', '--return', '--command', `exec ${command}`, '/dev/null'],
];
