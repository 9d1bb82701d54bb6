import { type Signal, useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { ask } from '../../../api/ask.ts';
import { type SurroundingField, type SurroundingRowFragment, SurroundingsDocument } from '../../../api/documents.ts';
import { ErrorNote } from '../../../parts/error-note.tsx';
import { Level } from '../../../parts/level.tsx';
import { Link } from '../../../parts/link.tsx';
import { LogText } from '../../../parts/log-text.tsx';
import { apiError } from '../../../state/resource.ts';
import { go, urlValue, urlWith } from '../../../state/url.ts';
import { shownTime } from '../../../state/zone.ts';

const FIRST_ROWS = 10;
const MORE_ROWS = 50;
/** Records that are shown; beyond them the table itself is the better place. */
const ROWS_MAX = 1000;
const WITHIN = 'PT24H';
const LINE_LENGTH_MAX = 600;

/** What the records around one have in common with it, by what the URL says. */
const KINDS: Readonly<Record<string, { label: string; by: SurroundingField[] }>> = {
  service: { label: 'Same service', by: ['SERVICE'] },
  host: { label: 'Same host', by: ['HOST'] },
  correlation: { label: 'Same correlation id', by: ['CORRELATION_ID'] },
  all: { label: 'All records', by: [] },
};
const around = urlValue('around');
export const showSurroundings = (): void => go({ around: around.peek() === undefined ? 'service' : undefined });

interface Around {
  rows: readonly SurroundingRowFragment[];
  /** Whether there may be more before and after them. */
  earlier: boolean;
  later: boolean;
  error: string | null;
}

/** The records just before and after one, oldest first; more of them in both directions. */
export function Surroundings({ id }: { id: string }) {
  const state = useSignal<Around>({ rows: [], earlier: false, later: false, error: null });
  const kind = KINDS[around.value ?? ''] ?? KINDS.service!;
  const running = useRef<AbortController | null>(null);
  /** One question at a time: the one before is cancelled. */
  const read = (asked: Asked): void => {
    running.current?.abort();
    running.current = new AbortController();
    void load(state, asked, running.current.signal);
  };
  useSignalEffect(() => {
    const { by } = KINDS[around.value ?? ''] ?? KINDS.service!;
    read({ id, by, before: FIRST_ROWS, after: FIRST_ROWS });
    return () => running.current?.abort();
  });
  const { rows, earlier, later, error } = state.value;
  const section = useRef<HTMLElement>(null);
  // They stand below all that the record has.
  useEffect(() => section.current?.scrollIntoView({ block: 'nearest' }), [rows.length > 0]);
  const more = (before: number, after: number) => () => {
    const from = before > 0 ? rows[0] : rows.at(-1);
    if (from) read({ id: from.id, by: kind.by, before, after });
  };
  return (
    <section ref={section} class="surroundings" aria-label="Surroundings">
      <div class="record-actions">
        {Object.entries(KINDS).map(([name, { label }]) => (
          <button
            key={name}
            type="button"
            class="plain"
            aria-pressed={label === kind.label}
            onClick={() => go({ around: name }, { replace: true })}
          >
            {label}
          </button>
        ))}
      </div>
      {error && <ErrorNote title="The surroundings could not be read" message={error} />}
      {earlier && rows.length < ROWS_MAX && (
        <button type="button" onClick={more(MORE_ROWS, 0)}>
          Earlier
        </button>
      )}
      <ol>
        {rows.map((row) => (
          <li
            key={row.id}
            class={row.id === id ? 'is-this' : ''}
            {...(row.id === id && { 'aria-current': 'true' as const })}
          >
            <Link href={urlWith({ record: row.id })}>{shownTime(row.timestamp)}</Link> <Level level={row.level} />{' '}
            <bdi>{row.service}</bdi> <LogText text={row.message.slice(0, LINE_LENGTH_MAX)} oneLine />
          </li>
        ))}
      </ol>
      {later && rows.length < ROWS_MAX && (
        <button type="button" onClick={more(0, MORE_ROWS)}>
          Later
        </button>
      )}
    </section>
  );
}

interface Asked {
  id: string;
  by: SurroundingField[];
  before: number;
  after: number;
}

/** Reads records around one, and joins them to those that are there. */
async function load(state: Signal<Around>, { id, by, before, after }: Asked, signal: AbortSignal): Promise<void> {
  try {
    const { data } = await ask(SurroundingsDocument, { id, by, before, after, within: WITHIN }, signal);
    const found = (data.node && 'surrounding' in data.node && data.node.surrounding) || [];
    const at = found.findIndex((row) => row.id === id);
    const [earlier, later] = [at === before, found.length - 1 - at === after];
    const had = state.peek();
    if (signal.aborted) return;
    if (before > 0 && after > 0) state.value = { rows: found, earlier, later, error: null };
    else if (before > 0) state.value = { ...had, rows: [...found.slice(0, at), ...had.rows], earlier, error: null };
    else state.value = { ...had, rows: [...had.rows, ...found.slice(at + 1)], later, error: null };
  } catch (error) {
    if (!signal.aborted) state.value = { ...state.peek(), error: apiError(error).message };
  }
}
