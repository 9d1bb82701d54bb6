import { CallContentDocument, type CallContentQuery } from '../../api/documents.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { ErrorNote } from '../../parts/error-note.tsx';
import { Link } from '../../parts/link.tsx';
import { useResource } from '../../state/resource.ts';
import { go, urlWith } from '../../state/url.ts';
import { may } from '../../state/viewer.ts';
import { shownTime } from '../../state/zone.ts';
import { conversationOf } from '../../text/conversation.ts';
import { durationText } from '../../text/duration.ts';
import { countText, usdText } from '../../text/number.ts';

type Record = NonNullable<CallContentQuery['log']>;

/** One call: what it was, and what was asked and answered where the server keeps it. */
export function CallDialog({ id }: { id: string }) {
  const answer = useResource(CallContentDocument, () => ({ id }));
  const { data, error, loading } = answer.value;
  const record = data?.log;
  return (
    <Dialog title="Model call" class="wide" onClose={() => go({ record: undefined })}>
      {error && <ErrorNote title="This call could not be read" message={error.message} />}
      {loading && <p class="quiet">Loading ...</p>}
      {data && !record?.llm && <p>There is no such call any more: it may have been deleted.</p>}
      {record && <CallFacts record={record} />}
      {record?.llm && <Content llm={record.llm} />}
    </Dialog>
  );
}

function CallFacts({ record }: { record: Record }) {
  const { llm, correlationId } = record;
  return (
    <>
      <dl class="call-facts">
        {factsOf(record).map(([name, value]) => (
          <div key={name}>
            <dt class="quiet">{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <p class="call-links">
        <Link href={urlWith({ view: undefined, record: record.id })}>Its record</Link>
        {correlationId !== null && (
          <Link href={urlWith({ view: 'chain', chain: correlationId, record: undefined })}>Its chain</Link>
        )}
        {llm?.conversationId != null && (
          <Link
            href={urlWith({
              view: undefined,
              record: undefined,
              q: `llm.conversationId:${JSON.stringify(llm.conversationId)}`,
            })}
          >
            Its conversation
          </Link>
        )}
      </p>
    </>
  );
}

/** What the sender said of the call; the rest is left out. */
function factsOf({ timestamp, service, errorType, durationMs, llm }: Record): [name: string, value: string][] {
  const tokens = (count: number | null | undefined): string | null => (count == null ? null : countText(count));
  const facts: [name: string, value: string | null | undefined][] = [
    ['Time', shownTime(timestamp)],
    ['Service', service],
    ['Model', llm?.responseModel ?? llm?.requestModel],
    ['Operation', llm?.operation],
    ['Provider', llm?.provider],
    ['Tool', llm?.toolName],
    ['Agent', llm?.agentName],
    ['Tokens sent', tokens(llm?.inputTokens)],
    ['From a cache', tokens(llm?.cacheReadTokens)],
    ['Tokens answered', tokens(llm?.outputTokens)],
    ['Of reasoning', tokens(llm?.reasoningTokens)],
    ['Cost', llm?.costUsd == null ? null : usdText(llm.costUsd)],
    ['Latency', durationMs === null ? null : durationText(durationMs)],
    ['First token', llm?.timeToFirstTokenMs == null ? null : durationText(llm.timeToFirstTokenMs)],
    ['Ended by', llm?.finishReasons.join(', ')],
    ['Parameters', llm?.parameters == null ? null : JSON.stringify(llm.parameters)],
    ['Error', errorType],
  ];
  return facts.filter((fact): fact is [string, string] => fact[1] != null && fact[1] !== '');
}

/** What was said, as text. */
function Content({ llm }: { llm: NonNullable<Record['llm']> }) {
  if (!may('CONTENT')) {
    return <p class="quiet">What was asked and answered is not shown: your key does not have the right CONTENT.</p>;
  }
  const said = [...conversationOf(llm.input ?? null, 'input'), ...conversationOf(llm.output ?? null, 'assistant')];
  if (said.length === 0) {
    return (
      <p class="quiet">
        What was asked and answered is not kept: the sender did not send it, the server does not keep it (LLM_CONTENT),
        or it is older than LLM_CONTENT_RETENTION.
      </p>
    );
  }
  return (
    <ol class="conversation">
      {said.map(({ role, parts }, index) => (
        <li key={index} class={role === 'assistant' ? 'said answered' : 'said'}>
          <strong>{role}</strong>
          {parts.map((part, place) => (
            <p key={place}>{part}</p>
          ))}
        </li>
      ))}
    </ol>
  );
}
