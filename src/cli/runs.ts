import { Command, Option } from 'commander';
import { BadUserInput } from '../errors.ts';
import { request } from './client/api.ts';
import { asCount, asDuration, examples, type ShowOptions, type UrlOption, withShow, withUrl } from './options.ts';
import { createLiveLines } from './runs/live-lines.ts';
import { DETAILS, type RunDetails, runDetails } from './runs/run-details.ts';
import { inOrder, RUN_FIELDS, runLine, type ShownRun } from './runs/run-lines.ts';
import { type WatchedRuns, watchedRuns } from './runs/watched-runs.ts';
import { paintFor } from './terminal/colours.ts';
import { print, say } from './terminal/output.ts';
import { jsonLine } from './terminal/printable.ts';
import { readerGone } from './terminal/reader-gone.ts';
import { recordTextFor } from './terminal/record-text.ts';

const COUNT_MAX = 1000;
const COUNT_DEFAULT = 20;
const REDRAW_MS = 1000;

interface RunsOptions extends UrlOption, ShowOptions {
  name?: string[];
  service?: string[];
  last: string;
  count: number;
  watch?: true;
}

export const runsCommand = (stop: AbortSignal): Command =>
  withUrl(
    withShow(
      new Command('runs')
        .description('Show how far long operations are: those that run, those that are stalled, and recent ones.')
        .argument('[id]', 'one run: its stages, its errors, its summary and its last records'),
    ),
  )
    .option('--name <name>', 'only runs of this operation (may be repeated)', collect)
    .option('-s, --service <name>', 'only runs of this service (may be repeated)', collect)
    .option('--last <duration>', 'only runs that told of progress within this time', asDuration, '1d')
    .option('-n, --count <n>', 'recent runs; with an id its last records', asCount(0, COUNT_MAX), COUNT_DEFAULT)
    .addOption(new Option('-w, --watch', 'follow them until Ctrl-C'))
    .addHelpText(
      'after',
      `
A run is every pipeline that tells of its progress: docs/progress.md says how.
${examples('weir runs', 'weir runs --watch', 'weir runs leads-2025-06-01', 'weir runs --json | jq \'select(.status == "FAILED")\'')}`,
    )
    .action((id: string | undefined, options: RunsOptions) => runs(id, options, stop));

const collect = (value: string, before: string[] = []): string[] => [...before, value];

async function runs(id: string | undefined, options: RunsOptions, stop: AbortSignal): Promise<void> {
  if (options.watch) return watch(id, options, stop);
  return id === undefined ? list(options, stop) : details(id, options, stop);
}

const PAGE = `nodes { ${RUN_FIELDS} } pageInfo { hasNextPage }`;
const LIST = `query Runs($names: [String!], $services: [String!], $time: TimeRangeInput!, $first: Int!) {
  open: pipelines(statuses: [RUNNING, STALLED], names: $names, services: $services, time: $time, first: ${COUNT_MAX}) { ${PAGE} }
  ended: pipelines(statuses: [SUCCEEDED, FAILED, CANCELLED, TIMED_OUT], names: $names, services: $services, time: $time, first: $first) { ${PAGE} }
}`;

interface Page {
  nodes: ShownRun[];
  pageInfo: { hasNextPage: boolean };
}

interface FoundRuns {
  runs: ShownRun[];
  /** A sentence, where there are more than these. */
  more: string | null;
}

async function readRuns({ url, name, service, last, count }: RunsOptions, stop: AbortSignal): Promise<FoundRuns> {
  const variables = { names: name, services: service, time: { last }, first: count };
  const { open, ended } = await request<{ open: Page; ended: Page }>(url, { query: LIST, variables }, stop);
  const more = open.pageInfo.hasNextPage
    ? '-- more runs have not ended: --name, --service and --last show fewer --'
    : ended.pageInfo.hasNextPage
      ? '-- more runs have ended: -n shows more --'
      : null;
  return { runs: inOrder([...open.nodes, ...ended.nodes]), more };
}

async function list(options: RunsOptions, stop: AbortSignal): Promise<void> {
  const { runs: found, more } = await readRuns(options, stop);
  const text = textFor(options);
  if (found.length > 0) await print(found.map(text).join('\n'));
  else if (more === null) say(`-- no run told of progress within ${options.last} --`);
  if (more !== null) say(more);
}

function textFor({ json }: RunsOptions): (run: ShownRun) => string {
  const paint = paintFor(process.stdout);
  return json ? jsonLine : (run) => runLine(run, paint, Date.now());
}

async function details(id: string, options: RunsOptions, stop: AbortSignal): Promise<void> {
  const { url, json, count } = options;
  const operation = { query: DETAILS, variables: { id, last: count } };
  const { pipeline } = await request<{ pipeline: RunDetails | null }>(url, operation, stop);
  if (pipeline === null) {
    throw new BadUserInput(`expected the id of a run, got ${JSON.stringify(id)}: no record has this pipeline id`);
  }
  const recordText = recordTextFor(process.stdout, options);
  await print(json ? jsonLine(pipeline) : runDetails(pipeline, paintFor(process.stdout), recordText, Date.now()));
}

/** On a terminal the list is drawn again at each change and each second. Elsewhere each change is a line. */
async function watch(id: string | undefined, options: RunsOptions, stop: AbortSignal): Promise<void> {
  const { url, name, service, json } = options;
  const gone = AbortSignal.any([stop, await readerGone()]);
  const watched: WatchedRuns = { pipelineIds: id === undefined ? undefined : [id], names: name, services: service };
  const text = textFor(options);
  const notice = `-- following the runs of ${url}, press Ctrl-C to end --`;
  if (!process.stdout.isTTY || json) {
    say(notice);
    for await (const run of watchedRuns(url, watched, gone, say)) await print(text(run));
    return;
  }
  const lines = createLiveLines(process.stdout);
  const known = new Map<string, ShownRun>();
  let said = notice;
  const draw = (): void => lines.draw(inOrder(known.values()).map(text), said);
  const show = (found: readonly ShownRun[], last: string): void => {
    said = last;
    for (const run of found) known.set(run.pipelineId, run);
    for (const run of inOrder(known.values()).slice(COUNT_MAX)) known.delete(run.pipelineId);
    draw();
  };
  show(id === undefined ? (await readRuns(options, stop)).runs : [], notice);
  // How long ago a run told changes without news.
  const redrawing = setInterval(draw, REDRAW_MS);
  try {
    for await (const run of watchedRuns(url, watched, gone, (sentence) => show([], sentence))) show([run], notice);
  } finally {
    clearInterval(redrawing);
  }
}
