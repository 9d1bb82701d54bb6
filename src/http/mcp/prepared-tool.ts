import { type ExecutionResult, type GraphQLSchema, parse, valueFromASTUntyped } from 'graphql';
import { WeirError } from '../../errors.ts';
import { answerOf, ENVELOPE, ENVELOPE_REQUIRED, failedAnswer, type ToolResult } from './answer.ts';
import { readArguments, TEXT_MAX } from './arguments.ts';
import { argumentSchema, inputSchema, type JsonSchema, outputSchema } from './json-schema.ts';
import { operationOf, shapeOf } from './shape.ts';
import type { Tool } from './tools/tool.ts';

/** Runs a query as the caller of a request. It never rejects: errors are in the result. */
export type RunQuery = (query: string, variables: Record<string, unknown>) => Promise<ExecutionResult>;

export interface PreparedTool {
  /** The tool as `tools/list` has it. */
  listed: { name: string; inputSchema: JsonSchema; outputSchema: JsonSchema };
  call(sent: Readonly<Record<string, unknown>>, run: RunQuery): Promise<ToolResult>;
}

export function prepareTool(schema: GraphQLSchema, tool: Tool): PreparedTool {
  const operation = operationOf(parse(tool.query));
  const shape = shapeOf(schema, operation);
  const { properties, required } = outputSchema(shape) as { properties: object; required: string[] };
  const defaults = Object.fromEntries(
    (operation.variableDefinitions ?? []).flatMap(({ variable, defaultValue }) =>
      defaultValue ? [[variable.name.value, valueFromASTUntyped(defaultValue)]] : [],
    ),
  );
  const textMax = { type: 'integer', ...argumentSchema(TEXT_MAX), default: tool.textMax };
  return {
    listed: {
      name: tool.name,
      ...{ title: tool.title, description: tool.description },
      inputSchema: inputSchema(schema, operation, tool, { textMax }),
      outputSchema: {
        type: 'object',
        properties: { ...properties, ...ENVELOPE },
        required: [...required, ...ENVELOPE_REQUIRED],
        additionalProperties: false,
      },
      ...{ annotations: { readOnlyHint: true, openWorldHint: false } },
    },
    async call(sent, run) {
      try {
        const { variables, textMax: to } = readArguments(tool, sent);
        const result = await run(tool.query, variables);
        return answerOf(tool, shape, { variables: { ...defaults, ...variables }, textMax: to }, result);
      } catch (error) {
        if (error instanceof WeirError) return failedAnswer(`${error.message} (${error.code})`);
        throw error;
      }
    },
  };
}
