import type { GraphQLParams, Plugin } from 'graphql-yoga';
import { BadRequest } from '../../errors.ts';
import { isJsonObject } from '../../log/json.ts';
import { checkedJson } from './request-json.ts';

/** Reads the request of a client (POST with JSON or a form, or GET) within the limits of JSON, so that large numbers in variables keep their digits. */
export const useRequestParser = (): Plugin => ({
  onRequestParse({ request, url, setRequestParser }) {
    if (request.method === 'GET') setRequestParser(() => paramsOf(url.searchParams));
    else if (isJson(request)) setRequestParser(async (limited) => paramsOfBody(await limited.text()));
    else if (isForm(request)) setRequestParser(async (limited) => paramsOf(new URLSearchParams(await limited.text())));
  },
});

const isJson = (request: Request): boolean =>
  /^application\/(graphql\+)?json\s*(;|,|$)/i.test(request.headers.get('content-type') ?? '');

const isForm = (request: Request): boolean =>
  /^application\/x-www-form-urlencoded\s*(;|,|$)/i.test(request.headers.get('content-type') ?? '');

function paramsOfBody(text: string): GraphQLParams {
  const body = jsonOf('the body', text);
  if (!isJsonObject(body))
    throw new BadRequest(`the body: expected one JSON object with \`query\`, got ${kindOf(body)}`);
  return body;
}

function paramsOf(searchParams: URLSearchParams): GraphQLParams {
  const json = (name: string) => {
    const text = searchParams.get(name);
    return text ? (jsonOf(name, text) as Record<string, unknown>) : undefined;
  };
  return {
    operationName: searchParams.get('operationName') || undefined,
    query: searchParams.get('query') || undefined,
    variables: json('variables'),
    extensions: json('extensions'),
  };
}

function jsonOf(what: string, text: string): unknown {
  const checked = checkedJson(text);
  try {
    return JSON.parse(checked);
  } catch (error) {
    throw new BadRequest(`${what}: expected JSON, got ${(error as Error).message}`);
  }
}

const kindOf = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'a list' : `a ${typeof value}`;
