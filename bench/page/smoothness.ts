import { ms, quantile } from '../measure.ts';
import { detail, figure } from './figure.ts';
import type { Smoothness } from './watched-page.ts';

export const frameText = ({ frames }: Smoothness, at: number): string =>
  frames.length === 0 ? 'no frame' : ms(quantile(frames, at));

export function reportLongTasks(what: string, { longTasks }: Smoothness): void {
  figure(what, longTasks.length === 0 ? 'below 50 ms' : ms(Math.max(...longTasks)), '100 ms');
  if (longTasks.length > 0) detail(`${longTasks.length} tasks of more than 50 ms`);
}
