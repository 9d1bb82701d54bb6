/** A record as one line of JSON. Never throws: what JSON cannot hold is described. */
export function recordLine(record: Record<string, unknown>): Buffer {
  const errors = Object.entries(record).filter(([, value]) => value instanceof Error);
  for (const [name, error] of errors) record[name] = plainError(error as Error);
  return Buffer.from(`${stringify(record)}\n`);
}

function stringify(record: Record<string, unknown>): string {
  try {
    return JSON.stringify(record);
  } catch {
    return stringifyAnything(record);
  }
}

/** Slower: only for what JSON cannot hold. A getter or `toJSON` may still throw. */
function stringifyAnything(record: Record<string, unknown>): string {
  try {
    return JSON.stringify(record, withoutCircles());
  } catch (error) {
    const { level, time, message } = record;
    return JSON.stringify({ level, time, message: String(message), not_serialized: String(error) });
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
const plainError = (error: Error): Record<string, unknown> => ({
  ...error,
  type: error.name,
  message: error.message,
  stack: error.stack,
  ...(error.cause instanceof Error ? { cause: plainError(error.cause) } : {}),
});
