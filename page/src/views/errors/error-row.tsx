import { Bars } from '../../parts/bars.tsx';
import { Link } from '../../parts/link.tsx';
import { UnusualButton } from '../../parts/unusual/unusual-button.tsx';
import { query, time } from '../../state/search.ts';
import { urlWith } from '../../state/url.ts';
import { shownTime } from '../../state/zone.ts';
import { agoText } from '../../text/duration.ts';
import { counted } from '../../text/number.ts';
import { withTerm, withText } from '../../text/query-terms.ts';
import type { ErrorGroup } from './order.ts';

/** One kind of error: what it says, how often, since when, and the way to its records. */
export function ErrorRow({ group }: { group: ErrorGroup }) {
  const { errorType, service, component, count, firstSeen, lastSeen, sample, bars } = group;
  const name = errorType ?? 'no error type';
  const records = { view: undefined, record: undefined, q: searchOf(group, query.value) };
  return (
    <li class="error-group">
      <div class="error-group-what">
        <Link href={urlWith(records)}>
          <strong>{name}</strong>
        </Link>
        <span class="quiet">{component === null ? service : `${service} · ${component}`}</span>
        {sample && <p class="mono">{sample.message.slice(0, SAMPLE_MAX)}</p>}
        <UnusualButton count={count} records={records} time={time.value ?? {}} known={KNOWN} />
      </div>
      <strong class="error-group-count">{counted(count, 'record')}</strong>
      <Bars values={bars ?? []} label={`${name} in ${service} over time`} />
      <div class="error-group-seen quiet">
        <Seen what="first" at={firstSeen} />
        <Seen what="last" at={lastSeen} />
      </div>
    </li>
  );
}

/** What makes a group. */
const KNOWN = ['ERROR_TYPE', 'SERVICE', 'COMPONENT', 'LEVEL'] as const;

/** A message may be of megabytes: two lines of it are shown. */
const SAMPLE_MAX = 400;

const Seen = ({ what, at }: { what: string; at: string }) => (
  <div>
    {what}{' '}
    <time dateTime={at} title={shownTime(at)}>
      {agoText(Date.parse(at), Date.now())}
    </time>
  </div>
);

/** The search that finds the records of this group, and no others. */
function searchOf({ errorType, service, component }: ErrorGroup, text: string): string {
  const fields = { errorType, service, component };
  const found = Object.entries(fields).reduce((query, [field, value]) => withTerm(query, field, value), text);
  return withText(found, 'level:>=error');
}
