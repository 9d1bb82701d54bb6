import { type ReadonlySignal, signal, useComputed, useSignalEffect } from '@preact/signals';
import { quotedText } from '../../../../src/log/query-language/query-scanner.ts';
import { askInTurn } from '../../api/ask-in-turn.ts';
import { FacetDocument, type FieldRef, type LogFilter } from '../../api/documents.ts';
import { attributeNames, sampleAttributes } from '../../state/attribute-names.ts';
import { time } from '../../state/search.ts';
import {
  type Completion,
  type CursorPlace,
  fieldCompletions,
  OPERATORS,
  valueCompletion,
  valueForms,
} from '../../text/completion.ts';
import { queryTerms, replaceTerm } from '../../text/query-terms.ts';
import { countedBy } from '../../text/search-fields.ts';
import { searched } from './history.ts';

/** What may stand at the cursor. */
export interface Suggestions {
  title: string;
  list: readonly Completion[];
}
const NONE: Suggestions = { title: '', list: [] };

const SHOWN_MAX = 12;
/** So many values are asked at once; what is typed then chooses among them without a question. */
const VALUES = 100;
/** After the last key, before the server is asked. */
const PAUSE_MS = 150;
/** Counts that take longer help nobody who types. */
const TIMEOUT_MS = 8000;

/** `place` null: the list is closed. The list is that of the present text at once; counts come a moment later. */
export function useSuggestions(
  draft: ReadonlySignal<string>,
  place: ReadonlySignal<CursorPlace | null>,
): ReadonlySignal<Suggestions> {
  useSignalEffect(() => {
    const at = place.value;
    const text = draft.value;
    if (at?.kind === 'field' && at.written.startsWith('attributes')) void sampleAttributes();
    if (at?.kind !== 'value' || at.comparison !== '' || knownValues(text, at)) return;
    const abort = new AbortController();
    const pause = setTimeout(() => {
      const signal = AbortSignal.any([abort.signal, AbortSignal.timeout(TIMEOUT_MS)]);
      void countValues(text, at, signal).catch(() => {});
    }, PAUSE_MS);
    return () => {
      clearTimeout(pause);
      abort.abort();
    };
  });
  return useComputed(() => (place.value === null ? NONE : suggestionsAt(draft.value, place.value)));
}

function suggestionsAt(text: string, at: CursorPlace): Suggestions {
  if (at.kind === 'field') return fieldsOrHistory(text, at);
  counts.value;
  const forms = at.written === '' || at.comparison !== '' ? valueForms(at.field, at.comparison) : [];
  const values = matching(knownValues(text, at) ?? [], at.written);
  return { title: at.field, list: [...values.slice(0, SHOWN_MAX), ...forms] };
}

function fieldsOrHistory(text: string, { written, from }: CursorPlace): Suggestions {
  if (text.trim() === '' && searched.value.length > 0) {
    const list = searched.value
      .slice(0, SHOWN_MAX)
      .map((one) => ({ label: one, text: one, detail: 'searched before' }));
    return { title: 'Searches before', list };
  }
  const fields = fieldCompletions(written, [...attributeNames.value.keys()]);
  const operators = OPERATORS.filter(
    ({ label }) => from > 0 && written !== '' && label.startsWith(written.toUpperCase()),
  );
  return { title: 'Fields', list: [...operators, ...fields].slice(0, written === '' ? SHOWN_MAX * 2 : SHOWN_MAX) };
}

type ValuePlace = Extract<CursorPlace, { kind: 'value' }>;

function refOf(field: string): FieldRef | null {
  const path = attributeNames.peek().get(field) ?? /^attributes\.([^"]+)$/i.exec(field)?.[1]?.split('.');
  return path ? { attribute: [...path] } : countedBy(field);
}

/** The other terms of the text: values are counted among the records that they leave. */
function othersOf(text: string, place: ValuePlace): string {
  const term = (queryTerms(text) ?? []).find(({ start, end }) => start <= place.from && place.from <= end);
  if (term) return replaceTerm(text, term, '');
  // The term is not complete, `service:`, so the text has an error. What is before it may have none.
  const before = text.slice(0, place.from - place.field.length - 1).replace(/[\s(!-]+$/, '');
  return queryTerms(before) ? before : '';
}

const matching = (values: readonly Completion[], written: string): readonly Completion[] =>
  values.filter(({ label }) => label.toLowerCase().includes(written.toLowerCase()));

interface Counted {
  at: number;
  values: readonly Completion[];
}
/** Answers hold for a moment: while one types a value. */
const counted = new Map<string, Counted>();
/** Counts up with each answer. */
const counts = signal(0);
const COUNTED_MAX = 20;
const COUNTED_FOR_MS = 30_000;
/** With fewer matches among the most common values, rarer ones are asked for. */
const MATCHING_MIN = 5;

const keyOf = (text: string, place: ValuePlace, written: string): string =>
  JSON.stringify([place.field, othersOf(text, place), time.value, written]);

function freshAnswer(key: string): readonly Completion[] | null {
  const answer = counted.get(key);
  return answer && Date.now() - answer.at < COUNTED_FOR_MS ? answer.values : null;
}

/** Null: they must be asked for. */
function knownValues(text: string, place: ValuePlace): readonly Completion[] | null {
  const common = freshAnswer(keyOf(text, place, ''));
  if (common === null) return null;
  const isEnough = common.length < VALUES || matching(common, place.written).length >= MATCHING_MIN;
  return isEnough ? common : freshAnswer(keyOf(text, place, place.written));
}

async function countValues(text: string, place: ValuePlace, signal: AbortSignal): Promise<void> {
  const by = refOf(place.field);
  if (by === null) return;
  const written = freshAnswer(keyOf(text, place, '')) === null ? '' : place.written;
  const others = othersOf(text, place).trim();
  const filters = [others, written === '' ? '' : `${place.field}:*${quotedText(written)}*`].filter((one) => one !== '');
  const filter: LogFilter = { and: filters.map((query) => ({ query })) };
  const { data } = await askInTurn(FacetDocument, { by, filter, time: time.peek() ?? {}, first: VALUES }, signal);
  const values = (data.facets ?? []).flatMap(({ value, count }) =>
    value === null ? [] : [valueCompletion(place.field, valueText(by, value), count.toLocaleString())],
  );
  counted.set(keyOf(text, place, written), { at: Date.now(), values });
  if (counted.size > COUNTED_MAX) counted.delete(counted.keys().next().value!);
  counts.value += 1;
}

/** As the search language writes it. */
const valueText = (by: FieldRef, value: string): string => (by.field === 'LEVEL' ? value.toLowerCase() : value);
