import { BodyRejected } from '../../errors.ts';
import { manyOf } from '../../log/joined.ts';
import type { Draft } from '../../log/record.ts';
import type { Rejection } from '../../log/rejection.ts';
import { jsonLogs } from '../../otlp/json/logs.ts';
import { draftOfLog } from '../../otlp/log-draft.ts';
import { itemTooLarge, TOO_LARGE } from '../../otlp/telemetry/limits.ts';
import { PAUSE } from '../../otlp/telemetry/telemetry.ts';

const BEGIN = /^\s*\{\s*"(?:resourceLogs|resource_logs)"/;

/** Whether JSON is a request of OTLP with log records, as the file exporter of a collector writes each in a line. */
export const isOtlp = (text: string): boolean => BEGIN.test(text);

/** The records of such a request as one draft, and their rough size in memory; or why it cannot be read. */
export function readOtlp(at: number, text: string): { draft: Draft; size: number } | Rejection {
  const drafts: Draft[] = [];
  let size = 0;
  try {
    for (const found of jsonLogs(Buffer.from(text))) {
      if (found === PAUSE) continue;
      const { item, resource, scope } = found;
      if (item === TOO_LARGE) return itemTooLarge(at, 'log record');
      size += item.size + resource.size + scope.size;
      drafts.push(draftOfLog({ item, resource, scope }));
    }
  } catch (error) {
    if (error instanceof BodyRejected) return { at, code: error.code, reason: error.message };
    throw error;
  }
  if (drafts.length > 0) return { draft: manyOf(drafts), size };
  return { at, code: 'EMPTY_RECORD', reason: 'expected at least one log record, got none' };
}
