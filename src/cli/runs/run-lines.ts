import { parseDuration } from '../../log/duration.ts';
import type { Json } from '../../log/json.ts';
import { millisOf } from '../../log/time.ts';
import type { Format, Paint } from '../terminal/colours.ts';
import { printable } from '../terminal/printable.ts';
import { bar } from '../terminal/progress.ts';
import { number, span } from '../terminal/quantity.ts';

/** What a list shows of a run. `ShownRun` is what the server responds with. */
export const RUN_FIELDS = `pipelineId name status service host summary progress {
  processed failed total percentage ratePerSecond elapsed eta currentItem stage updatedAt
}`;

export interface ShownRun {
  pipelineId: string;
  name: string | null;
  /** Usually a `RunStatus`; a newer server may have more. Null, as progress is, where it never told of progress. */
  status: string | null;
  service: string | null;
  host: string | null;
  summary: Json;
  progress: {
    processed: number;
    failed: number;
    total: number | null;
    percentage: number | null;
    ratePerSecond: number | null;
    elapsed: string;
    eta: string | null;
    currentItem: string | null;
    stage: string | null;
    updatedAt: string;
  } | null;
}

const STATUS_FORMAT: Readonly<Record<string, Format>> = {
  RUNNING: 'cyan',
  STALLED: 'yellow',
  SUCCEEDED: 'green',
  FAILED: 'red',
  CANCELLED: 'magenta',
  TIMED_OUT: 'red',
};
const STATUS_WIDTH = 'SUCCEEDED'.length;

/**
 * Those that run, by name and id: each tells every second, and its line must stay in its place. Then those that are stalled,
 * then the others; each as they told, the last first.
 */
export const inOrder = (runs: Iterable<ShownRun>): ShownRun[] => [...runs].sort(compareRuns);

function compareRuns(a: ShownRun, b: ShownRun): number {
  const rank = ({ status }: ShownRun): number => (status === 'RUNNING' ? 0 : status === 'STALLED' ? 1 : 2);
  const told = ({ progress }: ShownRun): string => progress?.updatedAt ?? '';
  const called = ({ name, pipelineId }: ShownRun): string => `${name ?? ''}\0${pipelineId}`;
  return rank(a) - rank(b) || (rank(a) === 0 ? compareTexts(called(a), called(b)) : compareTexts(told(b), told(a)));
}

const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** `RUNNING   [#####-----]  52%  2,600/5,000  3 failed  41.3/s  58s left  leads leads-7f3a  load: lead 2600  etl` */
export function runLine({ progress, status, pipelineId, name, service }: ShownRun, paint: Paint, now: number): string {
  const who = paint('bold', printable([name, pipelineId].filter((text) => text !== null).join(' ')));
  if (progress === null) return who;
  const standing = status ?? '';
  const shownStatus = paint(STATUS_FORMAT[standing] ?? 'reset', printable(standing.padEnd(STATUS_WIDTH)));
  // A run that is silent or over has no time left that one could wait for.
  const shown = status === 'RUNNING' ? progress : { ...progress, eta: null };
  const facts = [progressText(shown), who, ...placeOf(progress, status, now), printable(service ?? '')];
  return `${shownStatus} ${facts.filter((fact) => fact !== '').join('  ')}`;
}

type Progress = NonNullable<ShownRun['progress']>;

export function progressText({ processed, failed, total, percentage, ratePerSecond, eta, elapsed }: Progress): string {
  const share = percentage === null ? null : percentage / 100;
  return [
    share === null ? null : `${bar(share)} ${`${Math.floor(percentage!)}%`.padStart(4)}`,
    total === null ? number(processed) : `${number(processed)}/${number(total)}`,
    failed > 0 ? `${number(failed)} failed` : null,
    ratePerSecond === null ? null : `${number(ratePerSecond)}/s`,
    eta === null ? elapsedText(elapsed) : `${span(parseDuration(eta) ?? 0)} left`,
  ]
    .filter((part) => part !== null)
    .join('  ');
}

/** Null where the run did not tell. */
function elapsedText(elapsed: string): string | null {
  const ms = parseDuration(elapsed) ?? 0;
  return ms === 0 ? null : `in ${span(ms)}`;
}

/** Where a run is, and how long ago it said so. */
function placeOf({ stage, currentItem, updatedAt }: Progress, status: string | null, now: number): string[] {
  const place = [stage, currentItem].filter((text) => text !== null).join(': ');
  const ago = status === 'RUNNING' ? '' : `${span(Math.max(0, now - millisOf(updatedAt)))} ago`;
  return [place, ago].filter((text) => text !== '').map(printable);
}
