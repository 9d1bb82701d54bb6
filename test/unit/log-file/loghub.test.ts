import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { levelOf } from '../../../src/log/level.ts';
import type { Draft } from '../../../src/log/record.ts';
import { createLineSplitter } from '../../../src/log-file/entries/line-splitter.ts';
import { readLog } from '../../support/log-lines.ts';
import { type LoghubName, type LoghubRow, loghubMissing, loghubPath, loghubTruth } from '../../support/loghub.ts';
import { needs } from '../../support/needs.ts';

interface Truth {
  format: string;
  timestamp(row: LoghubRow): string;
  level(row: LoghubRow): string;
  /** The column `Component`, and the field that means the same. */
  component(draft: Draft): string | null | undefined;
}

const ANDROID_LEVELS: Record<string, string> = {
  V: 'TRACE',
  D: 'DEBUG',
  I: 'INFO',
  W: 'WARNING',
  E: 'ERROR',
  F: 'CRITICAL',
};
const APACHE_LEVELS: Record<string, string> = { notice: 'INFO', error: 'ERROR' };
const JAVA_LEVELS: Record<string, string> = { INFO: 'INFO', WARN: 'WARNING', ERROR: 'ERROR' };

const FILES: Record<LoghubName, Truth> = {
  Android: {
    format: 'logcat',
    timestamp: ({ Date: date, Time }) => `2026-${date}T${Time}000Z`,
    level: ({ Level }) => ANDROID_LEVELS[Level!]!,
    component: ({ component }) => component,
  },
  Apache: {
    format: 'apache-error',
    timestamp: ({ Time }) => `${new Date(`${Time} UTC`).toISOString().slice(0, 19)}.000000Z`,
    level: ({ Level }) => APACHE_LEVELS[Level!]!,
    component: ({ component }) => component ?? undefined,
  },
  HDFS: {
    format: 'hdfs',
    timestamp: ({ Date: date, Time }) =>
      `20${date!.replace(/(..)(..)(..)/, '$1-$2-$3')}T${Time!.replace(/(..)(..)(..)/, '$1:$2:$3')}.000000Z`,
    level: ({ Level }) => JAVA_LEVELS[Level!]!,
    component: ({ component }) => component,
  },
  OpenSSH: {
    format: 'syslog',
    timestamp: ({ Day, Time }) => `2025-12-${Day}T${Time}.000000Z`,
    level: () => 'INFO',
    // The column is named so, but it holds what syslog calls the host; the program is sshd in every line.
    component: ({ host, component }) => (component === 'sshd' ? host : component),
  },
  Zookeeper: {
    format: 'zookeeper',
    timestamp: ({ Date: date, Time }) => `${date}T${Time!.replace(',', '.')}000Z`,
    level: ({ Level }) => JAVA_LEVELS[Level!]!,
    component: ({ component }) => component,
  },
};

describe('log files of loghub', needs(loghubMissing), () => {
  test.each(Object.entries(FILES) as [LoghubName, Truth][])(
    'every record of %s arrives in order, with message, level, component and time as in the truth',
    (name, { format, timestamp, level, component }) => {
      const splitter = createLineSplitter();
      const lines = [...splitter.push(readFileSync(loghubPath(name))), ...splitter.end()] as string[];
      const truth = loghubTruth(name);
      const read = readLog(lines);

      expect(truth).toHaveLength(2000);
      expect(read.format).toBe(format);
      expect(
        read.entries.map(({ draft }) => ({
          timestamp: draft.timestamp,
          level: levelOf(draft.severityNumber ?? 9),
          component: component(draft),
          message: draft.message,
        })),
      ).toEqual(
        truth.map((row) => ({
          timestamp: timestamp(row),
          level: level(row),
          component: row.Component,
          message: row.Content,
        })),
      );
    },
  );
});
