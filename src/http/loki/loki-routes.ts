import type { Caller } from '../../access/caller.ts';
import { requireKeyHolds } from '../../access/rights.ts';
import { inScope } from '../../access/scope.ts';
import type { Config } from '../../config.ts';
import type { OpenOperation } from '../../db/connection/operation.ts';
import { createRowsLimit } from '../../db/connection/rows-limit.ts';
import { asWeirError, queryTimeout, shownLimit } from '../../db/connection/sqlstate.ts';
import { BadUserInput, QueryCanceled, RouteNotFound } from '../../errors.ts';
import { allOf, type Filter } from '../../log/filter/filter.ts';
import { filterOfLogQuery } from '../../log/logql/filter-of.ts';
import { isLabelName } from '../../log/logql/labels.ts';
import { parseLogql, parseMatchers } from '../../log/logql/parse-metric.ts';
import type { LogQuery } from '../../log/logql/syntax.ts';
import { shown } from '../../log/shown.ts';
import type { PatternPlaces } from '../../watch/patterns/pattern-places.ts';
import { compressed } from '../encoding.ts';
import type { Route, RouteHandler } from '../route.ts';
import { withoutSlash } from '../route.ts';
import { buildInfo, drilldownLimits } from './about.ts';
import type { Asked } from './answer.ts';
import { answerDetectedFields, answerDetectedLabels, answerDetectedValues } from './detected.ts';
import { answerLabels, answerLabelValues, answerSeries } from './label-answers.ts';
import { VALUES_CHARACTERS_MAX } from './label-counts.ts';
import { answerLogQuery } from './log-query.ts';
import { lokiErrorResponse } from './loki-error.ts';
import { answerInstant, answerRange } from './metric-query.ts';
import { readParameters } from './parameters.ts';
import { answerPatterns } from './patterns.ts';
import { createPause } from './pauses.ts';
import { answerIndexStats, answerVolume, answerVolumeRange } from './volume.ts';

/** What Loki's clients read from. Lines are pushed to a path of its own below it. */
export const LOKI_PREFIX = '/loki/api/v1/';

interface LokiDeps {
  openOperation: OpenOperation;
  patternPlaces: PatternPlaces;
  config: Pick<Config, 'queryTimeoutMs'>;
}

type Answer = (asked: Asked) => Promise<object>;

/** Loki's API for reading: what Grafana's Explore and Logs Drilldown ask. */
export function lokiRoute(deps: LokiDeps, whileOpen: (handler: RouteHandler) => RouteHandler): Route {
  const answers = answersOf(deps);
  async function handle(request: Request, caller: Caller): Promise<Response> {
    const { pathname } = new URL(request.url);
    const answer = answers(withoutSlash(pathname).slice(LOKI_PREFIX.length));
    if (!answer) throw new RouteNotFound(`expected a path of Loki's API for reading, got ${shown(pathname)}`);
    const deadline = AbortSignal.timeout(deps.config.queryTimeoutMs);
    const asked = await askedBy(request, caller, deps, deadline);
    requireKeyHolds(caller);
    try {
      const response = Response.json(await answer(asked));
      return compressed(request.headers.get('accept-encoding'), response);
    } catch (error) {
      if (error instanceof QueryCanceled && deadline.aborted && !request.signal.aborted) {
        throw queryTimeout(shownLimit(deps.config.queryTimeoutMs), error);
      }
      throw asWeirError(error, deps.config.queryTimeoutMs);
    }
  }
  return {
    prefix: LOKI_PREFIX,
    methods: ['GET', 'POST'],
    handle: whileOpen(handle),
    refuse: lokiErrorResponse,
    errorResponse: lokiErrorResponse,
  };
}

function answersOf({ config, patternPlaces }: LokiDeps): (path: string) => Answer | undefined {
  const answers = new Map<string, Answer>([
    ['query_range', (asked) => answerQuery(asked, 'range')],
    ['query', (asked) => answerQuery(asked, 'instant')],
    ['labels', answerLabels],
    ['label', answerLabels],
    ['series', answerSeries],
    ['index/stats', answerIndexStats],
    ['index/volume', answerVolume],
    ['index/volume_range', answerVolumeRange],
    ['detected_labels', answerDetectedLabels],
    ['detected_fields', answerDetectedFields],
    ['patterns', (asked) => answerPatterns(asked, patternPlaces)],
    ['drilldown-limits', async () => drilldownLimits(config.queryTimeoutMs)],
    ['status/buildinfo', async () => buildInfo()],
    [
      'tail',
      async () => {
        throw new BadUserInput('expected a websocket at this path, got an HTTP request');
      },
    ],
  ]);
  const named: [RegExp, (name: string, asked: Asked) => Promise<object>][] = [
    [/^label\/([^/]+)\/values$/, answerLabelValues],
    [/^detected_field\/([^/]+)\/values$/, answerDetectedValues],
  ];
  return (path) => {
    const own = answers.get(path);
    if (own) return own;
    for (const [pattern, answer] of named) {
      const name = pattern.exec(path)?.[1];
      if (name !== undefined) return (asked) => answer(decoded(name), asked);
    }
    return undefined;
  };
}

function decoded(name: string): string {
  try {
    const text = decodeURIComponent(name);
    if (isLabelName(text)) return text;
  } catch {
    // The same error.
  }
  throw new BadUserInput(`expected the name of a label, got ${shown(name)}`);
}

async function answerQuery(asked: Asked, kind: 'range' | 'instant'): Promise<object> {
  const text = asked.parameters.text('query') ?? '';
  const query = parseLogql(text);
  if (query.kind !== 'log')
    return kind === 'range' ? answerRange(query, text, asked) : answerInstant(query, text, asked);
  if (kind === 'range') return answerLogQuery(query, text, asked);
  throw new BadUserInput('query: log queries are not supported as an instant query: use query_range');
}

async function askedBy(
  request: Request,
  { scope, client }: Caller,
  { openOperation }: LokiDeps,
  deadline: AbortSignal,
): Promise<Asked> {
  const parameters = await readParameters(request);
  const gone = AbortSignal.any([request.signal, deadline]);
  const rows = createRowsLimit(VALUES_CHARACTERS_MAX);
  const visible = visibleTo({ scope }, request.headers.get('x-scope-orgid'));
  return {
    parameters,
    visible,
    selected() {
      const text = parameters.text('query') ?? '';
      return visible(parseMatchers(text), text);
    },
    sql: openOperation({ client, gone, rows }),
    rows,
    openOperation,
    client,
    gone,
    pause: createPause(gone),
    header: (name) => request.headers.get(name),
  };
}

/** Tenants in one header. */
const TENANTS_MAX = 100;

/**
 * The records of a query that the caller may see. `tenant`: the header that names the tenants of Loki; a line that was pushed
 * with it has the attribute `tenant`.
 */
export function visibleTo(
  { scope }: Pick<Caller, 'scope'>,
  tenant: string | null,
): (query: LogQuery, text: string) => Filter {
  const tenants = tenant?.split('|') ?? [];
  if (tenants.length > TENANTS_MAX) throw new BadUserInput(`X-Scope-OrgID: expected at most ${TENANTS_MAX} tenants`);
  const ofTenants: Filter[] =
    tenant === null ? [] : [{ kind: 'attribute', paths: [['tenant']], test: { op: 'in', values: tenants } }];
  return (query, text) => inScope(allOf(filterOfLogQuery(query, text), ...ofTenants), scope);
}
