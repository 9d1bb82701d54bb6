import { errorFields } from '../error-fields.ts';

/** An error may be its own cause. */
const CAUSES_MAX = 8;

interface Head {
  level: unknown;
  time: unknown;
}

/**
 * A record as one line of JSON; of its fields, later ones win. Never throws: what JSON cannot hold is described, and a record whose
 * getters or `toJSON` throw keeps its level, time and message.
 */
export function recordLine(head: Head, fields: (object | undefined)[], message: unknown): Buffer {
  const said = message === undefined ? {} : { message };
  try {
    return Buffer.from(`${stringify(Object.assign({}, head, ...fields, said))}\n`);
  } catch (error) {
    const text = typeof message === 'string' ? message : undefined;
    return Buffer.from(`${JSON.stringify({ ...head, message: text, not_serialized: errorFields(error).message })}\n`);
  }
}

function stringify(record: Record<string, unknown>): string {
  for (const [name, value] of Object.entries(record)) if (value instanceof Error) record[name] = plainError(value);
  try {
    return JSON.stringify(record);
  } catch {
    // Slower: only for what JSON cannot hold.
    return JSON.stringify(record, withoutCircles());
  }
}

/** A replacer for big integers and circles. */
function withoutCircles(): (this: unknown, name: string, value: unknown) => unknown {
  const ancestors: unknown[] = [];
  return function (this: unknown, _name, value) {
    if (typeof value === 'bigint') return String(value);
    if (typeof value !== 'object' || value === null) return value;
    while (ancestors.length > 0 && ancestors.at(-1) !== this) ancestors.pop();
    if (ancestors.includes(value)) return '[Circular]';
    ancestors.push(value);
    return value;
  };
}

/** With the names that pino's serializer gives. Its own properties, such as `code`, stay. */
function plainError(error: Error, causesMax = CAUSES_MAX): Record<string, unknown> {
  const { name: type, message, stack, cause } = error;
  const plain = { ...error, type, message, stack };
  return cause instanceof Error && causesMax > 0 ? { ...plain, cause: plainError(cause, causesMax - 1) } : plain;
}
