const LENGTH_MAX = 60;

/** The beginning of a text, for an error message. */
export const shown = (text: string): string =>
  text.length > LENGTH_MAX ? `${text.slice(0, LENGTH_MAX).toWellFormed()}...` : text;

/** The beginning of a value as JSON, for an error message. */
export const shownJson = (value: unknown): string => shown(JSON.stringify(value) ?? String(value));

const MESSAGE_LENGTH_MAX = 1000;
const WORD = /[^\s]{61,}/g;

/** A message of a library that quotes input: with long words and quotes shortened, and bounded as a whole. */
export function shownMessage(message: string): string {
  if (message.length <= LENGTH_MAX) return message;
  const short = message.slice(0, 100 * MESSAGE_LENGTH_MAX).replace(WORD, shown);
  return short.length > MESSAGE_LENGTH_MAX ? `${short.slice(0, MESSAGE_LENGTH_MAX).toWellFormed()}...` : short;
}
