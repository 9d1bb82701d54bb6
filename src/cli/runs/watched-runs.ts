import { setTimeout as sleep } from 'node:timers/promises';
import { BACKOFF, backoffMs } from '../../timing/backoff.ts';
import { isTemporary, subscribe } from '../tail/subscription.ts';
import { RUN_FIELDS, type ShownRun } from './run-lines.ts';

export interface WatchedRuns {
  pipelineIds?: string[] | undefined;
  names?: string[] | undefined;
  services?: string[] | undefined;
}

const WATCH = `subscription Runs($pipelineIds: [String!], $names: [String!], $services: [String!]) {
  pipelines(pipelineIds: $pipelineIds, names: $names, services: $services) { ${RUN_FIELDS} }
}`;

/**
 * The runs as they proceed, until `stop`. After a lost connection it subscribes again; the server then tells all of them again.
 * Only the first subscription may fail, so that the user learns about a wrong URL at once.
 * @throws ApiError, ConnectionLost
 */
export async function* watchedRuns(
  url: string,
  variables: WatchedRuns,
  stop: AbortSignal,
  say: (sentence: string) => void,
): AsyncGenerator<ShownRun> {
  let begun = false;
  for (let failures = 0; !stop.aborted; ) {
    try {
      const operation = { query: WATCH, variables: { ...variables } };
      for await (const { pipelines } of subscribe<{ pipelines: ShownRun }>(url, operation, stop)) {
        begun = true;
        failures = 0;
        yield pipelines;
      }
    } catch (error) {
      if (!begun || !isTemporary(error)) throw error;
    }
    if (stop.aborted) return;
    if (failures === 0) say('-- connection lost, waiting --');
    begun = true;
    await sleep(backoffMs(failures++, BACKOFF.tailCommand), undefined, { signal: stop }).catch(() => {});
  }
}
