import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type Json, tryJson } from '../../src/log/json.ts';

/** A fenced block of shell commands in a document, and the output that the document shows after it. */
export interface ShellBlock {
  /** `docs/cli.md:20`. */
  at: string;
  commands: string;
  /** `<!-- not run: REASON -->` before the block. */
  notRun: string | null;
  /** `<!-- stop at: TEXT -->` before the block: Ctrl-C once this text is printed. */
  stopAt: string | null;
  expected: { kind: 'json' | 'text'; output: string } | null;
}

const ROOT = join(import.meta.dirname, '../..');
/** A comment, then a fence with its language and its content. */
const FENCE = /(?:^<!-- (not run|stop at): ([^\n]+) -->\n)?^```(\w*)\n(.*?)^```$/gms;
const URL_SHOWN = 'http://127.0.0.1:4000';
/** A block that runs longer is killed. */
export const BLOCK_MS_MAX = 180_000;

/** The `sh` blocks of a document. A `json` or `text` block after one is its output. */
export function shellBlocks(file: string): ShellBlock[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const blocks: ShellBlock[] = [];
  for (const { 1: mark, 2: marked = '', 3: language, 4: content = '', index } of text.matchAll(FENCE)) {
    if (language === 'sh') {
      const notRun = mark === 'not run' ? marked : null;
      const stopAt = mark === 'stop at' ? marked : null;
      const line = text.slice(0, index).split('\n').length;
      blocks.push({ at: `${file}:${line}`, commands: content, notRun, stopAt, expected: null });
    } else if (language === 'json' || language === 'text') {
      const last = blocks.at(-1);
      if (!last || last.expected) throw new Error(`${file}: expected an sh block before the output\n${content}`);
      last.expected = { kind: language, output: content };
    }
  }
  return blocks;
}

/**
 * Runs a block with bash, in the folder of the repository or another one. Resolves to all that it prints. `settings`: of the server,
 * for commands that run beside it.
 */
export async function runBlock(
  { commands, stopAt, at }: ShellBlock,
  url: string,
  cwd = ROOT,
  settings: Readonly<Record<string, string>> = {},
): Promise<string> {
  const bin = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).bin.weir;
  const weir = `weir() { '${process.execPath}' '${join(ROOT, bin)}' "$@"; }`;
  const script = `set -e -o pipefail\n${weir}\n${commands.replaceAll(URL_SHOWN, url)}`;
  // A group of its own, so that the interrupt reaches the last program of the block, as Ctrl-C does.
  const bash = spawn('bash', ['-c', `exec 2>&1\n${script}`], {
    cwd,
    env: { ...process.env, WEIR_URL: url, NO_COLOR: '1', ...settings },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  const signal = (name: NodeJS.Signals): void => {
    if (bash.exitCode === null && bash.signalCode === null) process.kill(-bash.pid!, name);
  };
  let output = '';
  let stopped = false;
  bash.stdout.on('data', (chunk) => {
    output += chunk;
    if (stopped || stopAt === null || !output.includes(stopAt)) return;
    stopped = true;
    signal('SIGINT');
  });
  const timer = setTimeout(() => signal('SIGKILL'), BLOCK_MS_MAX);
  const [code] = await once(bash, 'close');
  clearTimeout(timer);
  if (stopAt !== null && !stopped) throw new Error(`${at}: expected it to print ${stopAt}, got\n${output}`);
  if (stopAt === null && code !== 0) throw new Error(`${at}: expected exit code 0, got ${code}:\n${output}`);
  return output;
}

/** In an expected output, `...` stands for any text. In JSON, only the text "..." as a whole does. */
export function isExpected({ kind, output }: NonNullable<ShellBlock['expected']>, printed: string): boolean {
  if (kind === 'json') {
    const [expected, got] = [tryJson(output), tryJson(printed)];
    return got !== undefined && isDeepStrictEqual(withGaps(expected as Json, got), got);
  }
  const pattern = output.trim().split('...').map(RegExp.escape).join('[^]*?');
  return new RegExp(`^${pattern}$`).test(printed.trim());
}

/** `expected` with what was printed in the place of each "...". */
function withGaps(expected: unknown, printed: unknown): unknown {
  if (expected === '...' && typeof printed === 'string') return printed;
  if (typeof expected !== 'object' || expected === null) return expected;
  const at = (key: string): unknown => (printed as Record<string, unknown> | null | undefined)?.[key];
  if (Array.isArray(expected)) return expected.map((value, index) => withGaps(value, at(String(index))));
  return Object.fromEntries(Object.entries(expected).map(([key, value]) => [key, withGaps(value, at(key))]));
}
