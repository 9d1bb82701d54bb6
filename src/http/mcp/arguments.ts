import { BadUserInput } from '../../errors.ts';
import { shown, shownJson } from '../../log/shown.ts';
import type { Argument, Tool } from './tools/tool.ts';

/** An argument of every tool that is no variable of its query. */
export const TEXT_MAX: Required<Argument> = {
  description: 'Longer texts are cut to this many characters.',
  min: 100,
  max: 20_000,
};

/** A range without a start would read all records. */
const LAST_DEFAULT = 'P1D';

export interface Call {
  variables: Record<string, unknown>;
  textMax: number;
}

/**
 * The arguments of a call as the variables of the tool's query. Null counts as left out. What GraphQL checks is not checked here:
 * types, names of values, times.
 * @throws BadUserInput an argument is unknown, or is a number out of its range
 */
export function readArguments(tool: Tool, sent: Readonly<Record<string, unknown>>): Call {
  const known: Readonly<Record<string, Argument>> = { ...tool.arguments, textMax: TEXT_MAX };
  const given = Object.entries(sent).filter(([, value]) => value !== null);
  for (const [name, value] of given) {
    if (!Object.hasOwn(known, name)) throw unknown(tool, name, Object.keys(known));
    checkNumber(name, value, known[name]!);
  }
  const { textMax = tool.textMax, ...variables } = Object.fromEntries(given);
  return { variables: tool.arguments.last ? withTime(variables) : variables, textMax: textMax as number };
}

function unknown({ name: tool }: Tool, got: string, known: readonly string[]): BadUserInput {
  return new BadUserInput(`${tool}: expected the arguments ${known.join(', ')}, got ${shown(got)}`);
}

function checkNumber(name: string, value: unknown, { min, max }: Argument): void {
  if (min === undefined || max === undefined) return;
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return;
  throw new BadUserInput(`${name}: expected a whole number from ${min} to ${max}, got ${shownJson(value)}`);
}

const withTime = (variables: Record<string, unknown>): Record<string, unknown> =>
  variables.from === undefined && variables.last === undefined ? { ...variables, last: LAST_DEFAULT } : variables;
