import {
  type GraphQLEnumType,
  type GraphQLInputType,
  type GraphQLScalarType,
  type GraphQLSchema,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  type OperationDefinitionNode,
  typeFromAST,
  valueFromASTUntyped,
} from 'graphql';
import type { Shape, ShapeField } from './shape.ts';
import type { Argument, Tool } from './tools/tool.ts';

/** JSON Schema 2020-12. */
export type JsonSchema = Readonly<Record<string, unknown>>;

const SCALARS: Readonly<Record<string, JsonSchema>> = {
  String: { type: 'string' },
  ID: { type: 'string' },
  Int: { type: 'integer' },
  SafeInt: { type: 'integer' },
  Float: { type: 'number' },
  Boolean: { type: 'boolean' },
  DateTime: { type: 'string', format: 'date-time' },
  Duration: { type: 'string' },
  JSON: {},
};

/** Texts of these types come from records: whoever sends logs chose them. Ids, times and names of values are the server's own. */
const FROM_LOGS = ['String', 'JSON'];
const OWN_TEXTS = ['cursor'];
const UNTRUSTED = 'Untrusted.';

/** The schema of an answer, with the first sentences of the API's descriptions. */
export function outputSchema(shape: Shape): JsonSchema {
  if (shape.kind === 'list') return { type: typeName('array', shape), items: outputSchema(shape.of) };
  if (shape.kind === 'leaf') return nullableLeaf(leafSchema(shape.type), shape.nullable);
  return {
    type: typeName('object', shape),
    properties: Object.fromEntries(shape.fields.map((field) => [field.name, describedField(field)])),
    required: shape.fields.filter(({ isOptional }) => !isOptional).map(({ name }) => name),
    additionalProperties: false,
  };
}

const typeName = (name: string, { nullable }: Shape): string | string[] => (nullable ? [name, 'null'] : name);

function nullableLeaf(schema: JsonSchema, nullable: boolean): JsonSchema {
  if (!nullable || schema.type === undefined) return schema;
  return {
    ...schema,
    type: [schema.type, 'null'],
    ...(Array.isArray(schema.enum) && { enum: [...schema.enum, null] }),
  };
}

function describedField({ name, shape, description }: ShapeField): JsonSchema {
  const untrusted = isFromLogs(shape) && !OWN_TEXTS.includes(name);
  const [sentence] = description.split('. ', 1);
  return { ...outputSchema(shape), description: untrusted ? `${UNTRUSTED} ${sentence}` : sentence };
}

/** Whether a field has texts of records, alone or as a list. */
export function isFromLogs(shape: Shape): boolean {
  if (shape.kind === 'list') return isFromLogs(shape.of);
  return shape.kind === 'leaf' && FROM_LOGS.includes(shape.type.name);
}

const leafSchema = (type: GraphQLScalarType | GraphQLEnumType): JsonSchema =>
  isEnumType(type) ? { type: 'string', enum: type.getValues().map(({ name }) => name) } : SCALARS[type.name]!;

/** The schema of a tool's arguments, from the variables of its query and from `more`. */
export function inputSchema(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
  tool: Tool,
  more: Readonly<Record<string, JsonSchema>>,
): JsonSchema {
  const required: string[] = [];
  const properties = variableDefinitions.map(({ variable, type, defaultValue }) => {
    const name = variable.name.value;
    const inputType = typeFromAST(schema, type as never) as GraphQLInputType;
    if (isNonNullType(inputType) && defaultValue === undefined) required.push(name);
    const byDefault = defaultValue === undefined ? {} : { default: valueFromASTUntyped(defaultValue) };
    return [name, { ...inputTypeSchema(inputType), ...argumentSchema(tool.arguments[name]!), ...byDefault }];
  });
  return {
    type: 'object',
    properties: { ...Object.fromEntries(properties), ...more },
    ...(required.length > 0 && { required }),
    additionalProperties: false,
  };
}

export const argumentSchema = ({ description, min, max }: Argument): JsonSchema => ({
  description,
  ...(min !== undefined && { minimum: min }),
  ...(max !== undefined && { maximum: max }),
});

function inputTypeSchema(type: GraphQLInputType): JsonSchema {
  const inner = getNullableType(type);
  if (isListType(inner)) return { type: 'array', items: inputTypeSchema(inner.ofType) };
  if (!isInputObjectType(inner)) {
    const { format: _, ...schema } = leafSchema(inner);
    // A date alone is a time too.
    return schema;
  }
  const fields = Object.values(inner.getFields()).map((field) => [
    field.name,
    { ...inputTypeSchema(field.type), ...(field.description && { description: field.description }) },
  ]);
  return {
    type: 'object',
    properties: Object.fromEntries(fields),
    ...(inner.isOneOf && { minProperties: 1, maxProperties: 1 }),
    additionalProperties: false,
  };
}
