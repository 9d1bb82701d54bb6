import type { Draft } from '../log/record.ts';
import { headLevel } from './formats/head-level.ts';

/**
 * The record of a line that no format reads. A level at its head leaves the message where the envelope has a time, so that nothing
 * is left to read the line for. A level that the envelope names stays.
 */
export function textDraft(line: string, outer: Draft | null): Draft {
  const message = line.trimEnd();
  const level = outer?.severityNumber ? undefined : headLevel(message);
  if (!level) return { ...outer, message };
  const isStripped = outer?.timestamp && level.rest !== '';
  return { ...outer, severityNumber: level.severityNumber, message: isStripped ? level.rest : message };
}
