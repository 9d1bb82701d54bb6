/** An error of the server about a field of a form. */
export interface FieldError {
  /** The field that the message names, at its start or as the place of a value that it could not read; null: none of them. */
  field: string | null;
  /** Without where GraphQL found the value: the field shows it. */
  message: string;
}

/** `input.window: expected whole minutes` is about `window`. */
export function fieldErrorOf(message: string, fields: readonly string[]): FieldError {
  const named = [/"input\.(\w+)/, /^(?:input\.)?(\w+)/].map((pattern) => pattern.exec(message)?.[1]);
  return {
    field: named.find((name) => name !== undefined && fields.includes(name)) ?? null,
    message: message.replace(/^Variable .*?; (?:Expected type "[^"]*"\. )?/s, '').replace(/^input\.\w+: /, ''),
  };
}
