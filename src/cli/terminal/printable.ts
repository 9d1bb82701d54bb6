/** Characters that control a terminal: they move the cursor, set colours, ring, break lines or reverse the text direction. */
const COMMANDS = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;
const SPELLED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Text that is safe on a terminal: control characters are spelled out, as `\n`, `\x1b`, `\u202e`. */
export const printable = (text: string): string =>
  text.replace(COMMANDS, (character) => SPELLED[character] ?? spell(character, 2));

function spell(character: string, digits: 2 | 4): string {
  const hex = character.charCodeAt(0).toString(16);
  return digits === 4 || hex.length > 2 ? `\\u${hex.padStart(4, '0')}` : `\\x${hex.padStart(2, '0')}`;
}

/** A JSON value on one line that is safe on a terminal. */
export const jsonLine = (value: unknown): string => safeJson(JSON.stringify(value));

/** The same JSON, safe on a terminal: the control characters that `JSON.stringify` keeps are escaped too. `json` has none between values. */
export const safeJson = (json: string): string => json.replace(COMMANDS, (character) => spell(character, 4));
