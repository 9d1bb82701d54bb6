import { isJsonObject } from '../../log/json.ts';
import { say } from '../terminal/output.ts';
import { printable } from '../terminal/printable.ts';

const said = new Set<string>();

/** Says the hints in the `extensions` of a result. The pages of one search have the same hints, so each is said once. */
export function sayHints(extensions: unknown): void {
  const hints = isJsonObject(extensions) && Array.isArray(extensions.hints) ? extensions.hints : [];
  for (const hint of hints.map(String).filter((text) => !said.has(text))) {
    said.add(hint);
    say(`hint: ${printable(hint)}`);
  }
}
