import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Progress } from './progress.ts';

/** The progress file names its run beside what records have. */
export interface ProgressFileContent extends Progress {
  pipeline_id: string;
}

export const progressPath = (operation: string, dir: string): string => join(dir, `${operation}.json`);

/** Replaces the file by a new one: a reader finds a whole JSON document at every moment. @throws it cannot be written */
export function writeProgressFile(path: string, content: ProgressFileContent): void {
  const partial = `${path}.tmp`;
  writeFileSync(partial, `${JSON.stringify(content, null, 2)}\n`);
  renameSync(partial, path);
}

/** How long the run has taken in former sessions. 0 if the file is of another run. */
export function formerElapsedMs(path: string, pipelineId: string): number {
  try {
    const { pipeline_id, elapsed_seconds } = JSON.parse(readFileSync(path, 'utf8')) as ProgressFileContent;
    return pipeline_id === pipelineId && elapsed_seconds > 0 ? 1000 * elapsed_seconds : 0;
  } catch {
    return 0;
  }
}
