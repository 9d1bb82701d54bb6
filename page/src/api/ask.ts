import { signal } from '@preact/signals';
import { keyHeaders, sessionEnded } from './credentials.ts';
import type { TypedDocumentString } from './documents.ts';
import { noteAnswer } from './search-notes.ts';

/** Why the server did not answer a question. `code` is of the API, or `OFFLINE` where no answer came. */
export class ApiError extends Error {
  readonly code: string;
  /** Where in the search text the error is: `column` of QUERY_SYNTAX. */
  readonly extensions: Readonly<Record<string, unknown>>;

  constructor(message: string, code: string, extensions: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.code = code;
    this.extensions = extensions;
  }
}

export const OFFLINE = 'The server does not answer. Is it running, and is the network there?';

interface Answer<Result> {
  data?: Result | null;
  errors?: { message: string; path?: (string | number)[]; extensions?: Record<string, unknown> }[];
  extensions?: { hints?: unknown };
}

export interface Asked<Result> {
  data: Result;
  /** What in the search text may be meant otherwise. */
  hints: string[];
}

/** How many questions are on their way. */
export const asking = signal(0);

async function counted<Result>(run: () => Promise<Result>): Promise<Result> {
  // A question may be asked in an effect, which must not run again when this one changes.
  asking.value = asking.peek() + 1;
  try {
    return await run();
  } finally {
    asking.value = asking.peek() - 1;
  }
}

/**
 * Sends one operation. A field that failed fails all of it: a page with half of its numbers would mislead.
 *
 * @throws ApiError
 * @throws DOMException named AbortError, after `signal`
 */
export async function ask<Result, Variables>(
  document: TypedDocumentString<Result, Variables>,
  variables: Variables,
  signal?: AbortSignal,
): Promise<Asked<Result>> {
  const answer = await counted(async () => {
    const response = await send(JSON.stringify({ query: document.toString(), variables }), signal);
    if (response.status === 401) sessionEnded();
    return readAnswer<Result>(response);
  });
  const { hints } = answer.extensions ?? {};
  const texts = Array.isArray(hints) ? hints.map(String) : [];
  const error = errorOf(answer);
  noteAnswer(variables, texts, error);
  if (error) throw error;
  if (!answer.data) throw new ApiError('The answer of the server has no data.', 'ERROR');
  return { data: answer.data, hints: texts };
}

function errorOf({ errors }: Answer<unknown>): ApiError | null {
  const error = errors?.[0];
  return error ? new ApiError(error.message, String(error.extensions?.code ?? 'ERROR'), error.extensions) : null;
}

async function send(body: string, signal: AbortSignal | undefined): Promise<Response> {
  try {
    return await fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json', ...keyHeaders() },
      body,
      ...(signal && { signal }),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(OFFLINE, 'OFFLINE');
  }
}

async function readAnswer<Result>(response: Response): Promise<Answer<Result>> {
  const text = await response.text();
  try {
    return JSON.parse(text) as Answer<Result>;
  } catch {
    throw new ApiError(`The server answered ${response.status} ${response.statusText}, and no JSON.`, 'ERROR');
  }
}
