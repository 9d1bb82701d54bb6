import {
  GraphQLFloat,
  type GraphQLInputType,
  type GraphQLSchema,
  getNullableType,
  isInputObjectType,
  isListType,
  type OperationDefinitionNode,
  typeFromAST,
} from 'graphql';
import { BadUserInput } from '../../errors.ts';
import { isJsonObject, JSON_DEPTH_MAX } from '../../log/json.ts';

/** A JSON value may have `JSON_DEPTH_MAX` levels and stands some levels deep inside an input. */
export const VARIABLES_DEPTH_MAX = 2 * JSON_DEPTH_MAX;

/** Coercion is recursive, so deep variables would overflow the stack. @throws BadUserInput */
export function checkVariables(variables: unknown): void {
  if (isDeeper(variables, VARIABLES_DEPTH_MAX)) {
    throw new BadUserInput(`variables: expected at most ${VARIABLES_DEPTH_MAX} levels of JSON, got more`);
  }
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  for (const inner of Object.values(value)) if (isDeeper(inner, levels - 1)) return true;
  return false;
}

/** The text that `parseJson` makes of a number that a double cannot hold exactly. */
const KEPT_DIGITS = /^-?\d{16,}$|^-?\d+(\.\d+)?[eE][+-]?\d+$/;

/**
 * Variables keep the digits of large numbers as text, because a `JSON` value must keep them. Where the schema has a Float, this
 * turns such a text into the nearest double.
 */
export function floatsRestored(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const restored: Record<string, unknown> = { ...variables };
  for (const { variable, type } of operation.variableDefinitions ?? []) {
    const name = variable.name.value;
    const inputType = typeFromAST(schema, type as never) as GraphQLInputType | undefined;
    if (inputType && Object.hasOwn(restored, name)) restored[name] = restore(restored[name], inputType);
  }
  return restored;
}

function restore(value: unknown, type: GraphQLInputType): unknown {
  const nullable = getNullableType(type);
  if (nullable === GraphQLFloat) return typeof value === 'string' && KEPT_DIGITS.test(value) ? Number(value) : value;
  if (isListType(nullable)) {
    return Array.isArray(value) ? value.map((item) => restore(item, nullable.ofType)) : restore(value, nullable.ofType);
  }
  if (!isInputObjectType(nullable) || !isJsonObject(value)) return value;
  const fields = nullable.getFields();
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      Object.hasOwn(fields, name) ? restore(inner, fields[name]!.type) : inner,
    ]),
  );
}
