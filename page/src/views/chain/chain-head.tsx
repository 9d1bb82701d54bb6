import type { ChainQuery } from '../../api/documents.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Link } from '../../parts/link.tsx';
import { UnusualButton } from '../../parts/unusual/unusual-button.tsx';
import { refresh } from '../../state/search.ts';
import { urlWith } from '../../state/url.ts';
import { shownTime } from '../../state/zone.ts';
import { rfc3339 } from '../../text/clock.ts';
import { durationText } from '../../text/duration.ts';
import { firstLine } from '../../text/first-line.ts';
import { counted, countText, usdText } from '../../text/number.ts';
import { recordsOfChain } from './records-of-chain.ts';

type Chain = NonNullable<ChainQuery['correlation']>;

/** A chain is compared with the records of its time, and a little before and after. */
const AROUND_MS = 5 * 60_000;
/** All its records share them. */
const KNOWN = ['CORRELATION_ID', 'TRACE_ID'] as const;

/** What a chain is as a whole, and where to go from it. */
export function ChainHead({ chain }: { chain: Chain }) {
  const { correlationId, startedAt, endedAt, durationMs, logCount, errorCount, services, userIds, llm, firstError } =
    chain;
  return (
    <header class="chain-head">
      <h1 class="mono">{firstLine(correlationId)}</h1>
      <p class="chain-actions">
        <Link href={urlWith(recordsOfChain(correlationId))}>{counted(logCount, 'record')}</Link>
        <CopyButton text={correlationId} label="Copy the id" />
        <CopyButton text={() => location.href} label="Copy a link" />
        <button type="button" class="plain" onClick={refresh}>
          Refresh
        </button>
      </p>
      <dl class="chain-facts">
        <Fact name="Started">{shownTime(startedAt)}</Fact>
        <Fact name="Took">{durationText(durationMs)}</Fact>
        <Fact name="Errors">{countText(errorCount)}</Fact>
        <Fact name="Services">{services.map(firstLine).join(', ')}</Fact>
        {userIds.length > 0 && <Fact name="Users">{userIds.map(firstLine).join(', ')}</Fact>}
        {llm && <Fact name="Model calls">{callsText(llm)}</Fact>}
      </dl>
      <UnusualButton
        count={logCount}
        records={recordsOfChain(correlationId)}
        time={{ from: rfc3339(Date.parse(startedAt) - AROUND_MS), to: rfc3339(Date.parse(endedAt) + AROUND_MS) }}
        known={KNOWN}
      />
      {firstError && (
        <p class="chain-error">
          First error:{' '}
          <Link href={urlWith(recordsOfChain(correlationId, firstError.id))}>
            {firstLine(firstError.service)}: {firstLine(firstError.message)}
          </Link>
        </p>
      )}
    </header>
  );
}

function Fact({ name, children }: { name: string; children: string }) {
  return (
    <div>
      <dt class="quiet">{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function callsText({ calls, errors, inputTokens, outputTokens, costUsd, unpriced }: NonNullable<Chain['llm']>): string {
  const cost = unpriced === calls ? 'no cost known' : usdText(costUsd);
  return [
    counted(calls, 'call'),
    errors > 0 && `${countText(errors)} failed`,
    `${countText(inputTokens)} → ${countText(outputTokens)} tokens`,
    cost + (unpriced > 0 && unpriced < calls ? ` (without ${counted(unpriced, 'call')})` : ''),
  ]
    .filter(Boolean)
    .join(', ');
}
