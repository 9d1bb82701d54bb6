import { QueryTooComplex } from '../../errors.ts';
import { JSON_DEPTH_MAX, withDigits } from '../../log/json.ts';
import { type JsonShape, scanJson } from '../../log/json-scan.ts';

/** The body of a request. It is as long as a message of a websocket may be. */
export const GRAPHQL_BODY_BYTES_MAX = 8 * 1024 * 1024;
/** Values in the JSON of a request, with the objects and lists that hold them. */
export const REQUEST_VALUES_MAX = 20_000;
/** The same, if its variables are records to store. Each of them is coerced at once, which takes about a microsecond a value. */
export const LOG_INPUT_VALUES_MAX = 100_000;
/** The input type of records to store. */
export const LOG_INPUT = 'LogInput';
/** A JSON value may have `JSON_DEPTH_MAX` levels and stands some levels deep inside an input. */
export const VARIABLES_DEPTH_MAX = 2 * JSON_DEPTH_MAX;
/** Levels around the variables: the message, its payload. */
const LEVELS_AROUND = 2;

/**
 * The JSON of a request, ready for `JSON.parse`, which then keeps every digit. Its depth and its values are counted before it
 * is parsed. A request that names `LogInput` may have more values: `checkedVariables` sees which of them are for records.
 * @throws QueryTooComplex
 */
export function checkedJson(text: string): string {
  const shape = scanJson(text);
  checkShape(shape, text);
  return withDigits(text, shape);
}

function checkShape({ depth, values }: JsonShape, text: string): void {
  if (depth > VARIABLES_DEPTH_MAX + LEVELS_AROUND) throw tooDeep();
  if (values > REQUEST_VALUES_MAX && (values > LOG_INPUT_VALUES_MAX || !text.includes(LOG_INPUT))) {
    throw tooManyValues(text.includes(LOG_INPUT) ? LOG_INPUT_VALUES_MAX : REQUEST_VALUES_MAX);
  }
}

export const tooDeep = (): QueryTooComplex =>
  new QueryTooComplex(`variables: expected at most ${VARIABLES_DEPTH_MAX} levels of JSON, got more`);

export const tooManyValues = (max: number): QueryTooComplex =>
  new QueryTooComplex(`variables: expected at most ${max} values, got more`);
