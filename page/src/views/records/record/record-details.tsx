import { useComputed } from '@preact/signals';
import { RecordDocument, type WholeRecordFragment } from '../../../api/documents.ts';
import type { Json } from '../../../api/json.ts';
import { copyText } from '../../../parts/copy.ts';
import { ErrorNote } from '../../../parts/error-note.tsx';
import { Link } from '../../../parts/link.tsx';
import { MenuButton } from '../../../parts/menu.tsx';
import { useResource } from '../../../state/resource.ts';
import { query } from '../../../state/search.ts';
import { go, urlValue, urlWith } from '../../../state/url.ts';
import { viewer } from '../../../state/viewer.ts';
import { searchedWords } from '../../../text/matches.ts';
import { curlCommand, recordJson, recordLine, weirCommand } from '../../../text/record-copies.ts';
import { AttributeTree } from './attribute-tree.tsx';
import { LongText } from './long-text.tsx';
import { RecordFields } from './record-fields.tsx';
import { Surroundings, showSurroundings } from './surroundings.tsx';
import './record-details.css';

interface Props {
  id: string;
  /** To the next record of the table (1) or the one before (-1). */
  move?: (step: 1 | -1) => void;
}

const around = urlValue('around');
/** JSON within a message is read up to this length. */
const JSON_LENGTH_MAX = 200_000;

/** All of a record, below its row. */
export function RecordDetails({ id, move }: Props) {
  const loaded = useResource(RecordDocument, () => ({ id }));
  const words = useComputed(() => searchedWords(query.value));
  const { data, error } = loaded.value;
  if (error) return <ErrorNote title="This record could not be read" message={error.message} />;
  if (!data) return <p class="record-details quiet">Loading ...</p>;
  if (!data.node || !('timestamp' in data.node))
    return <ErrorNote title="There is no such record" message="It may have been deleted since." />;
  const record = data.node as WholeRecordFragment;
  const json = jsonIn(record.message);
  const attributes = record.attributes as { [key: string]: Json };
  return (
    <article class="record-details" aria-label="Record">
      <RecordActions record={record} {...(move && { move })} />
      <section aria-label="Message">
        {json ? (
          <AttributeTree value={json} path={null} words={words.value} />
        ) : (
          <div class="record-text mono">
            <LongText text={record.message} words={words.value} />
          </div>
        )}
      </section>
      {record.stackTrace !== null && (
        <section aria-label="Stack trace">
          <h3>Stack trace</h3>
          <div class="record-text mono">
            <LongText text={record.stackTrace} words={words.value} />
          </div>
        </section>
      )}
      <div class="record-columns">
        <RecordFields record={record} words={words.value} />
        {Object.keys(attributes).length > 0 && (
          <section aria-label="Attributes" class="mono">
            <h3>Attributes</h3>
            <AttributeTree value={attributes} path={[]} words={words.value} />
          </section>
        )}
      </div>
      {around.value !== undefined && <Surroundings key={id} id={id} />}
    </article>
  );
}

function RecordActions({ record, move }: { record: WholeRecordFragment; move?: (step: 1 | -1) => void }) {
  const origin = location.origin;
  const copies = () => [
    { label: 'JSON', run: () => void copyText(recordJson(record)) },
    { label: 'Line', run: () => void copyText(recordLine(record)) },
    {
      label: 'curl command',
      run: () => void copyText(curlCommand(record, origin, viewer.value?.authenticated ?? false)),
    },
    { label: 'weir command', run: () => void copyText(weirCommand(record, origin)) },
    { label: 'Link', run: () => void copyText(origin + urlWith({ record: record.id })) },
  ];
  return (
    <div class="record-actions">
      {move && (
        <>
          <button type="button" class="plain" onClick={() => move(-1)}>
            ↑ Previous
          </button>
          <button type="button" class="plain" onClick={() => move(1)}>
            ↓ Next
          </button>
        </>
      )}
      <MenuButton label="Copy as" items={copies}>
        Copy as ▾
      </MenuButton>
      {record.correlationId !== null && (
        <Link href={urlWith({ view: 'chain', chain: record.correlationId })}>Chain</Link>
      )}
      <button type="button" class="plain" aria-pressed={around.value !== undefined} onClick={showSurroundings}>
        Surroundings
      </button>
      <button type="button" class="plain" onClick={() => go({ record: undefined, around: undefined })}>
        Close
      </button>
    </div>
  );
}

function jsonIn(text: string): { [key: string]: Json } | Json[] | null {
  if (text.length > JSON_LENGTH_MAX || !/^\s*[[{]/.test(text)) return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
