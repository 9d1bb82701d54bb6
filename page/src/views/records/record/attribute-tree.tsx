import { useSignal } from '@preact/signals';
import type { Json } from '../../../api/json.ts';
import { shownText } from '../../../text/pieces.ts';
import { attributeField } from '../../../text/query-terms.ts';
import { LongText } from './long-text.tsx';
import { ValueMenu } from './value-menu.tsx';

/** Entries of an object or a list that are shown at first, and how many more at a time. */
const ENTRIES_SHOWN = 100;
const ENTRIES_MORE = 500;
/** An object with more entries, or deeper than this, is closed at first. */
const OPEN_ENTRIES = 20;
const OPEN_DEPTH = 3;
/** Of a value and of a key. */
const VALUE_LENGTH = 1000;
const KEY_LENGTH = 200;

interface Props {
  value: { [key: string]: Json } | Json[];
  /** The keys that lead to it; null: no search knows them, and the values have no menu. */
  path: readonly string[] | null;
  words: readonly string[];
  depth?: number;
}

/** JSON as a tree. Any number of entries: those that are shown are bounded. */
export function AttributeTree({ value, path, words, depth = 0 }: Props) {
  const shown = useSignal(ENTRIES_SHOWN);
  const keys = Object.keys(value);
  const rest = keys.length - shown.value;
  return (
    <ul class="attribute-tree">
      {keys.slice(0, shown.value).map((key) => (
        <Entry
          key={key}
          name={key}
          value={(value as { [key: string]: Json })[key]!}
          // A search looks into lists by itself: an element has the path of its list.
          path={path && (Array.isArray(value) ? path : [...path, key])}
          words={words}
          depth={depth}
        />
      ))}
      {rest > 0 && (
        <li>
          <button
            type="button"
            onClick={() => {
              shown.value += ENTRIES_MORE;
            }}
          >
            {Math.min(rest, ENTRIES_MORE)} more of {rest.toLocaleString('en')}
          </button>
        </li>
      )}
    </ul>
  );
}

function Entry({
  name,
  value,
  path,
  words,
  depth,
}: Omit<Props, 'value'> & { name: string; value: Json; depth: number }) {
  const isTree = typeof value === 'object' && value !== null;
  const size = isTree ? Object.keys(value).length : 0;
  const isOpen = useSignal(size <= OPEN_ENTRIES && depth < OPEN_DEPTH);
  const key = <bdi class="attribute-key">{shownText(name.slice(0, KEY_LENGTH))}</bdi>;
  if (!isTree) {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return (
      <li>
        {key} <Value text={text} value={value} path={path} words={words} />
      </li>
    );
  }
  return (
    <li>
      <button
        type="button"
        class="plain"
        aria-expanded={isOpen.value}
        onClick={() => {
          isOpen.value = !isOpen.value;
        }}
      >
        <span aria-hidden="true">{isOpen.value ? '▾' : '▸'}</span> {key}{' '}
        <span class="quiet">{Array.isArray(value) ? `[${size}]` : `{${size}}`}</span>
      </button>
      {isOpen.value && <AttributeTree value={value} path={path} words={words} depth={depth + 1} />}
    </li>
  );
}

interface ValueProps {
  text: string;
  value: Json;
  path: readonly string[] | null;
  words: readonly string[];
}

function Value({ text, value, path, words }: ValueProps) {
  const isLong = text.length > VALUE_LENGTH;
  const content = <LongText text={text} words={words} shownLength={VALUE_LENGTH} />;
  if (path === null || value === null) return content;
  // A button holds no other button: a long text stands beside its menu.
  if (!isLong)
    return (
      <ValueMenu field={attributeField(path)} value={value}>
        {content}
      </ValueMenu>
    );
  return (
    <>
      <ValueMenu field={attributeField(path)} value={value}>
        ⋯
      </ValueMenu>
      {content}
    </>
  );
}
