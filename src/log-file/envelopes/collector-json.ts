import { entryOfJson } from '../entries/entry.ts';
import type { Envelope } from './envelope.ts';

/** What tells the programs apart whose lines a collector writes into one file. */
const SOURCES = ['container', 'stream', 'container_id', '_SYSTEMD_UNIT', '_PID', 'logStream', 'logStreamName'];

/**
 * Lines of programs in the JSON of a collector: Fluent Bit, Fluentd, Filebeat, Vector, the journal, CloudWatch, Google Cloud. Which
 * names they have: `record-names/shapes`.
 */
export const collectorJsonEnvelope: Envelope = {
  name: 'collected',
  first: /\{/,
  shareMin: 0.5,
  peel(line) {
    if (!line.startsWith('{')) return undefined;
    const entry = entryOfJson(0, line);
    if (!('draft' in entry) || !entry.draft.messageIsLine || entry.draft.others) return undefined;
    const { message = '', messageIsLine: _, ...outer } = entry.draft;
    const attributes = outer.attributes as Record<string, unknown>;
    const source = [outer.host, outer.service, outer.component, ...SOURCES.map((name) => attributes[name])];
    return { line: message ?? '', source: source.filter((part) => typeof part === 'string').join(' '), outer };
  },
};
