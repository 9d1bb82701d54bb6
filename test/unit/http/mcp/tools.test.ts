import { parse, validate } from 'graphql';
import { describe, expect, test } from 'vitest';
import { prepareTool } from '../../../../src/http/mcp/prepared-tool.ts';
import { operationOf } from '../../../../src/http/mcp/shape.ts';
import { TOOLS } from '../../../../src/http/mcp/tools/tools.ts';
import { schema } from '../../../../src/schema/index.ts';

/** All of `tools/list`: a client may put it into each conversation. */
const LIST_BYTES_MAX = 64 * 1024;

const listed = TOOLS.map((tool) => prepareTool(schema, tool).listed);

describe.each(TOOLS)('$name', (tool) => {
  test('has a query that is valid in the schema, and describes each of its variables', () => {
    const document = parse(tool.query);
    expect(validate(schema, document)).toEqual([]);
    expect(document.definitions).toHaveLength(1);
    const variables = operationOf(document).variableDefinitions!.map(({ variable }) => variable.name.value);
    expect(Object.keys(tool.arguments).toSorted()).toEqual(variables.toSorted());
    for (const name of Object.values(tool.bounded ?? {})) expect(tool.arguments[name]!.max).toBeGreaterThan(0);
  });
});

interface Leaf {
  path: string;
  type: unknown;
  description: string;
  isListed: boolean;
}

/** The leaves of a schema. A list has the description of its field. */
function leavesOf(one: Record<string, unknown>, path = '', description = ''): Leaf[] {
  const said = (one.description as string | undefined) ?? description;
  const properties = Object.entries((one.properties as object | undefined) ?? {});
  if (properties.length > 0) return properties.flatMap(([name, inner]) => leavesOf(inner, `${path}.${name}`, ''));
  if (one.items !== undefined) return leavesOf(one.items as never, `${path}[]`, said);
  return [{ path, type: one.type, description: said, isListed: one.enum !== undefined || one.format !== undefined }];
}

test('each text that may come from a record is called untrusted, and nothing else is', () => {
  const texts = listed.flatMap(({ name, outputSchema }) =>
    leavesOf(outputSchema)
      .filter(({ type, isListed }) => !isListed && (type === undefined || [type].flat().includes('string')))
      .map(({ path, description }) => ({ path: name + path, isUntrusted: description.startsWith('Untrusted.') })),
  );
  const own = new Set(texts.filter(({ isUntrusted }) => !isUntrusted).map(({ path }) => path.split(/[.[]/).at(-1)));
  own.delete(']');
  expect(Array.from(own).toSorted()).toEqual(['after', 'cursor', 'elapsed', 'eta', 'id', 'retention', 'uid', 'uptime']);
  const untrusted = texts.filter(({ isUntrusted }) => isUntrusted).map(({ path }) => path);
  expect(untrusted).toEqual(
    expect.arrayContaining([
      'search_logs.logs.nodes[].message',
      'search_logs.logs.nodes[].attributes',
      'get_chain.correlation.services[]',
      'facets.facets[].value',
      'runs.pipelines.edges[].node.summary',
    ]),
  );
});

test('the list of tools is small, has schemas of objects, and says the search language once', () => {
  const text = JSON.stringify(listed);
  expect(Buffer.byteLength(text)).toBeLessThan(LIST_BYTES_MAX);
  expect(text.split('The search language:')).toHaveLength(2);
  for (const { inputSchema, outputSchema } of listed) {
    expect([inputSchema.type, outputSchema.type]).toEqual(['object', 'object']);
    expect(inputSchema.additionalProperties).toBe(false);
  }
});
