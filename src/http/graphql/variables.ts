import {
  GraphQLFloat,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isInputObjectType,
  isListType,
  type OperationDefinitionNode,
  typeFromAST,
} from 'graphql';
import { QueryTooComplex } from '../../errors.ts';
import { isJsonObject } from '../../log/json.ts';
import {
  LOG_INPUT,
  LOG_INPUT_VALUES_MAX,
  REQUEST_VALUES_MAX,
  tooDeep,
  tooManyValues,
  VARIABLES_DEPTH_MAX,
} from './request-json.ts';

/** Of all texts in the variables of a query or subscription: as much as a document may have. */
const CHARACTERS_MAX = 128 * 1024;

type Variables = Readonly<Record<string, unknown>>;

/**
 * The variables that the operation declares, as they are before graphql-js coerces them; the others are dropped. Depth and
 * values are counted, because coercion is recursive and cannot be interrupted.
 * @throws QueryTooComplex
 */
export function checkedVariables(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  variables: Variables,
): Record<string, unknown> {
  const checked: Record<string, unknown> = {};
  const counts = { records: 0, others: 0 };
  let characters = 0;
  for (const { variable, type } of operation.variableDefinitions ?? []) {
    const name = variable.name.value;
    if (!Object.hasOwn(variables, name)) continue;
    const value = variables[name];
    const inputType = typeFromAST(schema, type as never) as GraphQLInputType | undefined;
    const isRecords = inputType !== undefined && getNamedType(inputType).name === LOG_INPUT;
    counts[isRecords ? 'records' : 'others'] += countValues(value, VARIABLES_DEPTH_MAX);
    // A waiting statement and the key of a loader hold the filter's text. A mutation uses its variables once.
    if (operation.operation !== 'mutation') characters += countCharacters(value);
    if (counts.records > LOG_INPUT_VALUES_MAX) throw tooManyValues(LOG_INPUT_VALUES_MAX);
    if (counts.others > REQUEST_VALUES_MAX) throw tooManyValues(REQUEST_VALUES_MAX);
    if (characters > CHARACTERS_MAX) {
      throw new QueryTooComplex(
        `variables: expected at most ${CHARACTERS_MAX} characters of text in a query, got more`,
      );
    }
    checked[name] = inputType ? restore(value, inputType) : value;
  }
  return checked;
}

function countValues(value: unknown, levels: number): number {
  if (typeof value !== 'object' || value === null) return 1;
  if (levels === 0) throw tooDeep();
  let count = 1;
  for (const inner of Object.values(value)) count += countValues(inner, levels - 1);
  return count;
}

function countCharacters(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce((sum: number, inner) => sum + countCharacters(inner), 0);
}

/** The text that `parseJson` makes of a number that a double cannot hold exactly. */
const KEPT_DIGITS = /^-?\d{16,}$|^-?\d+(\.\d+)?[eE][+-]?\d+$/;

/**
 * Variables keep the digits of large numbers as text, because a `JSON` value must keep them. Where the schema has a Float, this
 * turns such a text into the nearest double.
 */
function restore(value: unknown, type: GraphQLInputType): unknown {
  const nullable = getNullableType(type);
  if (nullable === GraphQLFloat) return typeof value === 'string' && KEPT_DIGITS.test(value) ? Number(value) : value;
  if (isListType(nullable)) {
    return Array.isArray(value) ? value.map((item) => restore(item, nullable.ofType)) : restore(value, nullable.ofType);
  }
  if (!isInputObjectType(nullable) || !isJsonObject(value)) return value;
  let restored = value;
  for (const [name, inner] of fieldsWithFloats(nullable)) {
    if (!Object.hasOwn(value, name)) continue;
    const kept = restore(value[name], inner);
    if (kept === value[name]) continue;
    if (restored === value) restored = { ...value };
    restored[name] = kept;
  }
  return restored;
}

const known = new WeakMap<GraphQLInputObjectType, [string, GraphQLInputType][]>();

/** The fields that are a Float, or may hold one. There may be thousands of objects of one type, so they are looked up once. */
function fieldsWithFloats(type: GraphQLInputObjectType): [string, GraphQLInputType][] {
  const fields =
    known.get(type) ??
    Object.values(type.getFields()).flatMap(({ name, type: inner }): [string, GraphQLInputType][] => {
      const named = getNamedType(inner);
      return named === GraphQLFloat || isInputObjectType(named) ? [[name, inner]] : [];
    });
  known.set(type, fields);
  return fields;
}
