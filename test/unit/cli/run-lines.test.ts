import { expect, test } from 'vitest';
import { createLiveLines } from '../../../src/cli/runs/live-lines.ts';
import { inOrder, runLine, type ShownRun } from '../../../src/cli/runs/run-lines.ts';
import { plain } from '../../../src/cli/terminal/colours.ts';

const NOW = Date.parse('2026-11-21T12:00:30Z');

const run = (pipelineId: string, status: string | null, progress: Partial<ShownRun['progress']> = {}): ShownRun =>
  ({
    ...{ pipelineId, name: 'leads', status, service: 'etl', host: null, summary: null },
    progress: status && {
      ...{ processed: 0, failed: 0, total: null, percentage: null, ratePerSecond: null, elapsed: 'PT0S', eta: null },
      ...{ currentItem: null, stage: null, updatedAt: '2026-11-21T12:00:00.000000Z', ...progress },
    },
  }) as ShownRun;

test('a line has what the run told, and nothing for what it did not', () => {
  expect(runLine(run('a', 'RUNNING', { processed: 1200 }), plain, NOW)).toBe('RUNNING   1,200  leads a  etl');
  const told = { processed: 10, failed: 2, total: 40, percentage: 25, ratePerSecond: 0.5, eta: 'PT1M', stage: 'load' };
  expect(runLine(run('a', 'RUNNING', told), plain, NOW)).toContain('10/40  2 failed  0.5/s  1m left  leads a');
  expect(runLine(run('a', 'STALLED', { ...told, currentItem: 'x\x1b[2J' }), plain, NOW)).toBe(
    'STALLED   [######------------------]  25%  10/40  2 failed  0.5/s  leads a  load: x\\x1b[2J  30s ago  etl',
  );
  expect(runLine({ ...run('a', null), name: null, progress: null }, plain, NOW)).toBe('a');
  expect(runLine(run('a', 'A_LATER_STATUS', { elapsed: 'PT2M5S' }), plain, NOW)).toContain(
    'A_LATER_STATUS 0  in 2m 5s',
  );
});

test('what runs comes first, always in the same order, then what is stalled, then the others, the last told first', () => {
  const at = (second: number) => ({ updatedAt: `2026-11-21T12:00:0${second}.000000Z` });
  const runs = [
    run('failed', 'FAILED', at(9)),
    run('stalled', 'STALLED', at(8)),
    run('running 1', 'RUNNING', at(1)),
    run('running 2', 'RUNNING', at(2)),
    run('succeeded', 'SUCCEEDED', at(3)),
  ];
  expect(inOrder(runs).map(({ pipelineId }) => pipelineId)).toEqual([
    ...['running 1', 'running 2', 'stalled', 'failed', 'succeeded'],
  ]);
});

test('live lines replace those before, never more than the terminal shows, and the last one is always there', () => {
  const written: string[] = [];
  const lines = createLiveLines({ rows: 5, write: (text) => written.push(text) });
  lines.draw(['a'], 'end');
  lines.draw(['b', 'c', 'd'], 'end');
  lines.draw(['b', 'c', 'd', 'e'], 'end');
  lines.draw([], 'end');
  const [clear, noWrap, wrap] = ['\r\x1b[J', '\x1b[?7l', '\x1b[?7h'];
  expect(written).toEqual([
    `${clear}${noWrap}a\nend\n${wrap}`,
    `\x1b[2A${clear}${noWrap}b\nc\nd\nend\n${wrap}`,
    `\x1b[4A${clear}${noWrap}b\nc\n... 2 more\nend\n${wrap}`,
    `\x1b[4A${clear}${noWrap}end\n${wrap}`,
  ]);
});
