import { styleText } from 'node:util';

const WHAT = 61;
const MEASURED = 46;

/** One line: what, Weir's figure, its aim. `holds`: whether the aim is reached, if it can be said. */
export function line(what: string, measured: string, aim = '', holds?: boolean): void {
  const mark = holds === undefined ? '' : holds ? 'yes' : 'no';
  console.log(`  ${what.padEnd(WHAT)} ${measured.padStart(MEASURED)}   ${mark.padEnd(3)} ${aim}`.trimEnd());
}

export const detail = (text: string): void => console.log(`      ${text}`);

export const heading = (text: string): void =>
  console.log(`\n${styleText('bold', text)}\n  ${''.padEnd(WHAT)} ${'measured'.padStart(MEASURED)}   aim`);

/** What makes the run a failure: a wrong result is no figure. */
export function failure(what: string, problem: string): void {
  console.log(`  ${what.padEnd(WHAT)} ${styleText('red', `WRONG: ${problem}`)}`);
  process.exitCode = 1;
}

export const atMost = (limit: number, unit: string): string => `at most ${limit} ${unit}`.trimEnd();
