import { describe, expect, test } from 'vitest';
import { createProgress, progressText } from '../../../src/cli/terminal/progress.ts';

function terminal(isTTY: boolean) {
  const written: string[] = [];
  return { isTTY, columns: 60, written, write: (text: string) => written.push(text) };
}

describe('progress', () => {
  test('says how far, how fast, and how much longer', () => {
    expect(progressText({ records: 50_000, bytes: 250, bytesTotal: 1000, elapsedMs: 2000 })).toBe(
      '[######------------------]  25%  50,000 records  25,000/s  0:06 left',
    );
  });

  test('of a stream says only what is known', () => {
    expect(progressText({ records: 10, bytes: 99, bytesTotal: null, elapsedMs: 1000 })).toBe('10 records  10/s');
  });

  test('is redrawn on a terminal, within its width, and cleared before other text', () => {
    const screen = terminal(true);
    let now = 0;
    const progress = createProgress(screen, 100, () => now);
    progress.update(1, 10);
    progress.update(2, 20);
    now = 1000;
    progress.update(3, 30);
    progress.say('hello');
    progress.end();
    expect(screen.written).toHaveLength(4);
    expect(screen.written[1]).toContain('3 records');
    expect(screen.written[1]!.replace('\r\x1b[2K', '').length).toBeLessThan(60);
    expect(screen.written.slice(2)).toEqual(['\r\x1b[2K', 'hello\n']);
  });

  test('elsewhere is a line every few seconds', () => {
    const file = terminal(false);
    let now = 0;
    const progress = createProgress(file, 100, () => now);
    for (now = 0; now <= 12_000; now += 500) progress.update(now, 50);
    progress.end();
    expect(file.written).toHaveLength(2);
    expect(file.written.every((line) => line.endsWith('\n') && !line.includes('\r'))).toBe(true);
  });
});
