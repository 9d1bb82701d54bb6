const LENGTH_MAX = 60;

/** The beginning of a text, for an error message. */
export const shown = (text: string): string =>
  text.length > LENGTH_MAX ? `${text.slice(0, LENGTH_MAX).toWellFormed()}...` : text;

/** The beginning of a value as JSON, for an error message. */
export const shownJson = (value: unknown): string => shown(JSON.stringify(value) ?? String(value));
