import { findProgram } from './program.ts';

/** Why no test can have a terminal. */
export const TERMINAL_MISSING =
  process.platform === 'linux' && findProgram('script', 'bsdutils')
    ? undefined
    : 'script (util-linux) makes the terminal';

/** The program and its arguments that run a shell's command in a terminal of its own, and end with its exit code. */
export const inTerminal = (command: string): [program: string, args: string[]] => [
  'script',
  ['--quiet', '--return', '--command', command, '/dev/null'],
];
