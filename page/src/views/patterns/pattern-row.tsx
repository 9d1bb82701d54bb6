import type { PatternsQuery } from '../../api/documents.ts';
import { Bars } from '../../parts/bars.tsx';
import { Level } from '../../parts/level.tsx';
import { Link } from '../../parts/link.tsx';
import { query, search } from '../../state/search.ts';
import { urlWith } from '../../state/url.ts';
import { shownTime } from '../../state/zone.ts';
import { agoText } from '../../text/duration.ts';
import { firstLine } from '../../text/first-line.ts';
import { countText, percentText } from '../../text/number.ts';
import { negated, withText } from '../../text/query-terms.ts';

export type Pattern = NonNullable<PatternsQuery['patterns']>['patterns'][number];

/** Finds every record: no search can tell the records of this pattern from others. */
const EVERYTHING = 'message:*';
const SERVICES_SHOWN = 3;

/** Whether no record of the time before has it. */
export const isNew = ({ baselineCount }: Pattern): boolean => baselineCount === 0;

/** What messages of one kind say, how many there are, when, and the ways to see only them or all others. */
export function PatternRow({ pattern }: { pattern: Pattern }) {
  const { template, query: text, count, share, highestLevel, services, firstSeen, lastSeen, bars } = pattern;
  const isFound = text !== EVERYTHING;
  const only = withText(query.value, text);
  return (
    <li class="pattern">
      <div class="pattern-count">
        <strong>{percentText(share)}</strong>
        <span class="quiet">{countText(count)}</span>
      </div>
      <div class="pattern-what">
        <p class="mono">
          {isFound ? (
            <Link href={urlWith({ view: undefined, record: undefined, q: only })} title="Show its records">
              <Template text={template} />
            </Link>
          ) : (
            <Template text={template} />
          )}
        </p>
        <p class="pattern-facts quiet">
          {isNew(pattern) && <strong class="pattern-new">new</strong>}
          <Level level={highestLevel} />
          <span>
            {services.slice(0, SERVICES_SHOWN).map(firstLine).join(', ')}
            {services.length > SERVICES_SHOWN && ` and ${services.length - SERVICES_SHOWN} more`}
          </span>
          <span title={`${shownTime(firstSeen)} to ${shownTime(lastSeen)}`}>
            last seen <time dateTime={lastSeen}>{agoText(Date.parse(lastSeen), Date.now())}</time>
          </span>
        </p>
      </div>
      <Bars values={bars ?? []} label={`${firstLine(template)} over time`} />
      <div class="pattern-actions">
        {isFound && (
          <>
            <button type="button" class="plain" title={`Add ${text} to the search`} onClick={() => search(only)}>
              Only
            </button>
            <button
              type="button"
              class="plain"
              title={`Add ${negated(text)} to the search`}
              onClick={() => search(withText(query.value, negated(text)))}
            >
              Exclude
            </button>
          </>
        )}
      </div>
    </li>
  );
}

const WILDCARD = '<*>';

/** What varies is quieter than what all messages say. */
function Template({ text }: { text: string }) {
  if (text === '') return <span class="quiet">(empty)</span>;
  return (
    <>
      {text.split(WILDCARD).map((piece, at) => (
        <>
          {at > 0 && <span class="pattern-varies">{WILDCARD}</span>}
          {piece}
        </>
      ))}
    </>
  );
}
