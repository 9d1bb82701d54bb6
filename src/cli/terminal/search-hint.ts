import { FIELD_NAMES } from '../../log/fields.ts';

const NAMES = new Set(['level', ...FIELD_NAMES].map((name) => name.toLowerCase()));
const WITH_EQUALS = /^-?(?<name>attributes\.[\w.]+|[a-z]+)==?(?<value>[^=\s]+)$/i;

/** A hint for a search that most likely means something else: `level=error` looks for that text. */
export function searchHint(search: readonly string[]): string | undefined {
  for (const word of search.flatMap((words) => words.split(/\s+/))) {
    const { name, value } = WITH_EQUALS.exec(word)?.groups ?? {};
    if (name === undefined || !(NAMES.has(name.toLowerCase()) || name.startsWith('attributes.'))) continue;
    return `${word} searches for this text; for a field write ${name}:${value}`;
  }
  return undefined;
}
