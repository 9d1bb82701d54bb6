/** An error as the records of this package have it, under `err`: the same names as pino's own. */
export interface ErrorFields {
  type: string;
  message: string;
  stack?: string;
  code?: string;
}

const TYPE_CHARS_MAX = 256;
const MESSAGE_CHARS_MAX = 4_096;
const STACK_CHARS_MAX = 16_384;
const CAUSES_MAX = 4;

/**
 * Anything can be thrown, so anything is taken, also objects whose own methods throw. The result has no prototype: pino's
 * serializer takes the type of an error from its constructor, and would call every error `Object`.
 */
export const errorFields = (error: unknown): ErrorFields => Object.assign(Object.create(null), shown(error));

function shown(error: unknown): ErrorFields {
  try {
    return isErrorLike(error) ? fieldsOf(error) : { type: typeof error, message: bounded(String(error)) };
  } catch {
    return { type: typeof error, message: 'a value that cannot be shown' };
  }
}

/** Not `instanceof`: errors of other realms are errors too. */
const isErrorLike = (error: unknown): error is Error =>
  typeof error === 'object' && error !== null && typeof (error as { message?: unknown }).message === 'string';

function fieldsOf(error: Error): ErrorFields {
  const { code } = error as { code?: unknown };
  const stack = stackOf(error);
  return {
    type: typeOf(error).slice(0, TYPE_CHARS_MAX),
    message: bounded(error.message),
    ...(stack && { stack: stack.slice(0, STACK_CHARS_MAX) }),
    ...((typeof code === 'string' || typeof code === 'number') && { code: String(code).slice(0, TYPE_CHARS_MAX) }),
  };
}

/** Many classes of errors do not set their name. */
const typeOf = (error: Error): string =>
  String(error.name && error.name !== 'Error' ? error.name : (error.constructor?.name ?? 'Error'));

const bounded = (message: string): string => message.slice(0, MESSAGE_CHARS_MAX);

/** The stack of the error, then those of its causes. */
function stackOf(error: Error): string | undefined {
  if (typeof error.stack !== 'string') return undefined;
  let text = error.stack;
  let { cause } = error;
  for (let i = 0; i < CAUSES_MAX && isErrorLike(cause); i++) {
    text += `\ncaused by: ${cause.stack ?? cause.message}`;
    cause = cause.cause;
  }
  return text;
}
