import { isJsonObject, type JsonObject, parseScanned } from '../../log/json.ts';
import { scanJson } from '../../log/json-scan.ts';
import { draftFromJson } from '../../record-names/draft-from-json.ts';
import type { Envelope } from './envelope.ts';

const BEGIN = /^\{"(?:log|stream|time|attrs)":/;

/**
 * `{"log":"line\n","stream":"stdout","time":"..."}`, as Docker's driver `json-file` writes files. A long line comes in parts, of
 * which only the last one has a line end.
 */
export const dockerJsonEnvelope: Envelope = {
  name: 'docker json-file',
  first: /\{/,
  shareMin: 0.5,
  isSure: true,
  peel(line) {
    if (!BEGIN.test(line)) return undefined;
    const object = objectOf(line);
    if (!object) return undefined;
    const { log, ...rest } = object;
    const { stream, time } = rest;
    if (typeof log !== 'string' || typeof stream !== 'string' || typeof time !== 'string') return undefined;
    const end = /\r?\n$/.exec(log);
    return {
      line: end ? log.slice(0, end.index) : log,
      source: stream,
      outer: draftFromJson(rest),
      isPart: !end,
    };
  },
};

/** Docker writes few values: a label of the container may be one. */
const VALUES_MAX = 1_000;
const DEPTH_MAX = 16;

function objectOf(line: string): JsonObject | undefined {
  const shape = scanJson(line);
  if (shape.values > VALUES_MAX || shape.depth > DEPTH_MAX) return undefined;
  try {
    const value: unknown = parseScanned(line, shape);
    return isJsonObject(value) ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}
