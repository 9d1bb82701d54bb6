import { createClient } from 'graphql-ws';
import { type Client, until } from './server.ts';

/** What a subscription, or a query, says about a run. */
export interface SeenRun {
  pipelineId: string;
  name: string | null;
  status: string | null;
  service: string | null;
  progress: { processed: number; total: number | null } | null;
}

export const RUN_FIELDS = 'pipelineId name status service progress { processed total }';

const RUNS = `subscription ($pipelineIds: [String!], $names: [String!], $services: [String!]) {
  pipelines(pipelineIds: $pipelineIds, names: $names, services: $services) { ${RUN_FIELDS} }
}`;

interface TestRuns extends AsyncDisposable {
  /** All that came, in order. */
  events: SeenRun[];
  /** What came last of a run. */
  last(pipelineId: string): SeenRun | undefined;
  /** Resolves when the last event of a run is like this. */
  says(pipelineId: string, seen: { status?: string; processed?: number }, ms?: number): Promise<unknown>;
}

/** A subscription of runs over the real websocket. */
export function openRuns(url: string, variables: object = {}, connectionParams?: Record<string, string>): TestRuns {
  const client = createClient({
    url: `${url.replace(/^http/, 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    ...(connectionParams && { connectionParams }),
  });
  const events: SeenRun[] = [];
  const problems: unknown[] = [];
  client.subscribe<{ pipelines: SeenRun }>(
    { query: RUNS, variables: variables as never },
    {
      next: ({ data, errors }) => {
        if (data) events.push(data.pipelines);
        if (errors) problems.push(...errors);
      },
      error: (error) => void problems.push(error),
      complete: () => {},
    },
  );
  const last = (pipelineId: string) => events.findLast((seen) => seen.pipelineId === pipelineId);
  return {
    events,
    last,
    says: (pipelineId, { status, processed }, ms) =>
      until(
        () => {
          if (problems.length > 0) throw new Error(JSON.stringify(problems));
          const seen = last(pipelineId);
          return (
            seen &&
            (status === undefined || seen.status === status) &&
            (processed === undefined || seen.progress?.processed === processed)
          );
        },
        ms,
        `${pipelineId}: ${JSON.stringify({ status, processed })} after ${JSON.stringify(events)}`,
      ),
    [Symbol.asyncDispose]: async () => client.dispose(),
  };
}

/** Tells of a run as any sender does. */
export async function tell({ ingest }: Client, pipelineId: string, progress: object, record: object = {}) {
  const response = await ingest(
    JSON.stringify({ service: 'etl', message: 'progress', pipeline_id: pipelineId, progress, ...record }),
  );
  if (response.status !== 200) throw new Error(`HTTP ${response.status}: ${await response.text()}`);
}

export async function runsOf({ query }: Client, args = ''): Promise<SeenRun[]> {
  const { data, errors } = await query<{ pipelines: { nodes: SeenRun[] } }>(
    `{ pipelines${args} { nodes { ${RUN_FIELDS} } } }`,
  );
  if (errors) throw new Error(JSON.stringify(errors));
  return data!.pipelines.nodes;
}
