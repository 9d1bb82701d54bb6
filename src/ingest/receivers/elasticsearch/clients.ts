import { compatibleVersion } from './answer.ts';

/** In the `User-Agent` of what writes to Elasticsearch: the official clients (`elasticsearch-js`, `Elastic-Filebeat`) and agents. */
const AGENTS = /elastic|beat|logstash|fluent|vector/i;

/** Whether a client that asks for `/` expects Elasticsearch there. A browser asks for HTML. */
export function isElasticClient(request: Request): boolean {
  const { headers } = request;
  if (/text\/html/i.test(headers.get('accept') ?? '')) return false;
  return compatibleVersion(request) !== undefined || AGENTS.test(headers.get('user-agent') ?? '');
}

/** `helpers.bulk` of an official client: it repeats items of status 429, and gives up where a whole request fails for long. */
export const isBulkHelper = ({ headers }: Request): boolean =>
  /(^|,)h=bp(,|$)/.test(headers.get('x-elastic-client-meta') ?? '');
