import { BRIEF_RECORD, type Tool } from './tool.ts';

export const GET_RECORD: Tool = {
  name: 'get_record',
  title: 'Get one log record',
  description:
    'All of one record: attributes, stack trace, HTTP exchange, model call. With surrounding: the records just before and after it too.',
  query: `query McpGetRecord($id: ID!, $surrounding: Boolean! = false, $by: [SurroundingField!]! = [SERVICE]) {
    log(id: $id) {
      id uid timestamp receivedAt level severityNumber message service component action host environment deploymentVersion
      correlationId traceId spanId pipelineId userId errorType stackTrace durationMs
      http { method path status userAgent clientIp }
      attributes
      llm {
        operation provider requestModel responseModel conversationId toolName agentName inputTokens outputTokens
        cacheReadTokens cacheCreationTokens reasoningTokens costUsd costSource timeToFirstTokenMs finishReasons parameters
        input output
      }
      surrounding(before: 10, after: 10, by: $by) @include(if: $surrounding) { ${BRIEF_RECORD} }
    }
  }`,
  arguments: {
    id: { description: 'The id of a record, as another tool returned it.' },
    surrounding: { description: 'With the ten records before and the ten after it.' },
    by: { description: 'The surrounding records have these fields in common with it. An empty list: all records.' },
  },
  textMax: 4000,
};
