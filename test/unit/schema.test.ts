import { readFileSync } from 'node:fs';
import {
  buildSchema,
  type GraphQLNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
  lexicographicSortSchema,
  printSchema,
} from 'graphql';
import { expect, test } from 'vitest';
import { schema } from '../../src/schema/index.ts';
import { printedSchema } from '../../src/schema/print.ts';

const ownTypes = Object.values(schema.getTypeMap()).filter(
  (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
);

/** Node and vitest load modules that wait for others in another order, and types are printed as they were loaded. */
const sorted = (text: string): string => printSchema(lexicographicSortSchema(buildSchema(text)));

test('schema.graphql is what `npm run schema` prints', () => {
  const file = readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8');
  expect(sorted(file)).toBe(sorted(printedSchema()));
});

test('every type, field, argument and enum value has a description', () => {
  const undescribed = ownTypes.flatMap(partsOf).filter(([, description]) => !description?.trim());
  expect(undescribed.map(([name]) => name)).toEqual([]);
});

test('what can fail by itself is nullable: every query field but `nodes` and `viewer`', () => {
  const strict = Object.values(schema.getQueryType()!.getFields()).filter(({ type }) => String(type).endsWith('!'));
  expect(strict.map(({ name }) => name)).toEqual(['nodes', 'viewer']);
});

test('levels are listed from the lowest to the highest', () => {
  const level = schema.getType('LogLevel');
  expect(isEnumType(level) && level.getValues().map(({ name }) => name)).toEqual([
    'TRACE',
    'DEBUG',
    'INFO',
    'WARNING',
    'ERROR',
    'CRITICAL',
  ]);
});

type Part = [name: string, description: string | null | undefined];

function partsOf(type: GraphQLNamedType): Part[] {
  const parts: Part[] = [[type.name, type.description]];
  if (isEnumType(type))
    for (const value of type.getValues()) parts.push([`${type.name}.${value.name}`, value.description]);
  if (isInputObjectType(type) || isObjectType(type) || isInterfaceType(type)) {
    for (const field of Object.values(type.getFields())) {
      parts.push([`${type.name}.${field.name}`, field.description]);
      for (const arg of 'args' in field ? field.args : []) {
        parts.push([`${type.name}.${field.name}(${arg.name}:)`, arg.description]);
      }
    }
  }
  return parts;
}
