import { Command } from 'commander';
import { request } from './client/api.ts';
import { asCount, asDuration, examples, type UrlOption, withUrl } from './options.ts';
import { print, say } from './terminal/output.ts';
import { jsonLine, printable } from './terminal/printable.ts';

const PAGE_SIZE = 1000;
const COUNT_DEFAULT = 100;
const COUNT_MAX = 100_000;

interface AuditOptions extends UrlOption {
  count: number;
  last?: string;
  json?: true;
}

interface AuditEvent {
  at: string;
  action: string;
  keyName: string | null;
  keyPrefix: string | null;
  address: string | null;
  details: Record<string, unknown>;
}

export const auditCommand = (stop: AbortSignal): Command =>
  withUrl(new Command('audit').description('Show what the holders of ADMIN keys did, the newest first.'))
    .option('-n, --count <n>', 'the newest n events', asCount(1, COUNT_MAX), COUNT_DEFAULT)
    .option('--last <duration>', 'only this duration until now, like 24h, 7d', asDuration)
    .option('--json', 'one JSON object per line')
    .addHelpText('after', examples('weir audit', 'weir audit --last 7d --json'))
    .action((options: AuditOptions) => audit(options, stop));

const PAGE = `query Audit($time: TimeRangeInput, $first: Int!, $after: String) {
  auditEvents(time: $time, first: $first, after: $after) {
    nodes { at action keyName keyPrefix address details }
    pageInfo { hasNextPage endCursor }
  }
}`;

interface Page {
  auditEvents: { nodes: AuditEvent[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } };
}

async function audit({ url, count, last, json }: AuditOptions, stop: AbortSignal): Promise<void> {
  let after: string | null = null;
  let shown = 0;
  for (let more = true; more && shown < count; ) {
    const variables: Record<string, unknown> = {
      ...(last && { time: { last } }),
      first: Math.min(PAGE_SIZE, count - shown),
      after,
    };
    const { auditEvents }: Page = await request<Page>(url, { query: PAGE, variables }, stop);
    const { nodes, pageInfo } = auditEvents;
    if (nodes.length > 0) await print(nodes.map((event) => (json ? jsonLine(event) : eventText(event))).join('\n'));
    shown += nodes.length;
    more = pageInfo.hasNextPage;
    after = pageInfo.endCursor;
  }
  if (shown === 0) say('-- nothing was done --');
}

function eventText({ at, action, keyName, keyPrefix, address, details }: AuditEvent): string {
  const by = keyName === null ? 'without a key' : `by ${keyName} (${keyPrefix}...)`;
  return printable(`${at}  ${action}  ${by}${address === null ? '' : ` from ${address}`}  ${JSON.stringify(details)}`);
}
