import type { Progress } from '../../log/run.ts';
import { number } from './quantity.ts';

/** `progress 40% 2,000/5,000 3 failed`, without what is not known, and without the word where the message ends with it. */
export function runProgressText({ processed, failed, total, percentage }: Progress, message: string): string {
  return [
    message.endsWith('progress') ? null : 'progress',
    percentage === null ? null : `${Math.floor(percentage)}%`,
    total === null ? number(processed) : `${number(processed)}/${number(total)}`,
    failed > 0 ? `${number(failed)} failed` : null,
  ]
    .filter((part) => part !== null)
    .join(' ');
}
