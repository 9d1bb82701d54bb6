import { useComputed, useSignal, useSignalEffect } from '@preact/signals';
import { useId, useMemo, useRef } from 'preact/hooks';
import { QuerySyntax } from '../../../../src/errors.ts';
import { searchNotes } from '../../api/search-notes.ts';
import { query, refresh, search } from '../../state/search.ts';
import { useShortcuts } from '../../state/shortcuts.ts';
import { type Completion, type CursorPlace, placeOf } from '../../text/completion.ts';
import { type QueryTerm, queryParts } from '../../text/query-terms.ts';
import { Chips } from './chips.tsx';
import { HelpCard } from './help-card.tsx';
import { Highlighted } from './highlighted.tsx';
import { remember } from './history.ts';
import { optionId, SuggestionList } from './suggestion-list.tsx';
import { useSuggestions } from './suggestions.ts';
import './search-box.css';

/** The text may have several lines: an input would drop their ends. The types know no role for that. */
const SEARCH_BOX = { role: 'searchbox' } as object;

/** The search text, in which fields and values are completed. Enter searches. Its terms stand below it as chips. */
export function SearchBox() {
  const draft = useSignal(query.peek());
  const place = useSignal<CursorPlace | null>(null);
  const chosen = useSignal<string | null>(null);
  const helps = useSignal(false);
  const box = useRef<HTMLTextAreaElement>(null);
  const id = useId();
  const suggestions = useSuggestions(draft, place);
  /** The search that the text was last made equal to. The effect runs a frame late, and must not undo what was typed since. */
  const known = useRef(query.peek());
  useSignalEffect(() => {
    if (query.value === known.current) return;
    known.current = query.value;
    draft.value = query.value;
    place.value = null;
  });
  const note = useComputed(() => (draft.value === query.value ? searchNotes.value.get(query.value) : undefined));
  const problem = useComputed(() => note.value?.error ?? whileTyping(draft.value));

  const focus = (): void => box.current?.focus();
  const close = (): void => {
    place.value = null;
  };
  const open = (): void => {
    const { value, selectionStart, selectionEnd } = box.current!;
    place.value = selectionStart === selectionEnd ? placeOf(value, selectionStart) : null;
  };
  const edited = (): void => {
    draft.value = box.current!.value;
    chosen.value = null;
    open();
  };
  const submit = (text: string): void => {
    close();
    if (tooLong(text)) return;
    draft.value = text;
    remember(text);
    known.current = text;
    if (text === query.value) refresh();
    else search(text);
  };
  const take = ({ text }: Completion): void => {
    const at = place.peek();
    if (!box.current || !at) return;
    replaceTyped(box.current, at.from, at.to, text);
    edited();
  };
  const edit = ({ start, end }: QueryTerm): void => {
    focus();
    box.current?.setSelectionRange(start, end);
  };
  useShortcuts(useMemo(() => [{ keys: '/', title: 'Search', run: focus }], []));

  /** What the keys act on. -1 is the text itself, also where the list has the chosen label no more. */
  const state = useComputed(() => {
    const { list } = suggestions.value;
    return {
      list,
      isOpen: place.value !== null && list.length > 0,
      chosenAt: list.findIndex(({ label }) => label === chosen.value),
    };
  });
  // A key can come before what the key before it changed is on the screen.
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.isComposing) return;
    const { list, isOpen, chosenAt } = state.peek();
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (move !== undefined) {
      if (!isOpen) open();
      else chosen.value = [null, ...list].at((chosenAt + 1 + move) % (list.length + 1))?.label ?? null;
    } else if (isOpen && chosenAt >= 0 && (event.key === 'Enter' || event.key === 'Tab')) take(list[chosenAt]!);
    else if (event.key === 'Enter') submit(draft.value);
    else if (event.key === 'Escape' && place.value !== null) close();
    else if (event.key === 'Escape') box.current?.blur();
    else if (event.key === ' ' && event.ctrlKey) open();
    else return;
    event.preventDefault();
  };

  const { isOpen, chosenAt } = state.value;
  return (
    <form
      class="search-box"
      onSubmit={(event) => {
        event.preventDefault();
        submit(draft.value);
      }}
    >
      <div class="search-line">
        <div class="search-field mono">
          <Highlighted text={draft.value} errorAt={problem.value && indexOf(draft.value, problem.value.column)} />
          <textarea
            ref={box}
            {...SEARCH_BOX}
            rows={1}
            aria-label="Search"
            aria-autocomplete="list"
            aria-controls={isOpen ? id : undefined}
            aria-activedescendant={isOpen && chosenAt >= 0 ? optionId(id, chosenAt) : undefined}
            aria-invalid={problem.value !== null}
            aria-describedby={`${id}-note`}
            placeholder="Search: words, or level:error service:billing"
            spellcheck={false}
            autocapitalize="off"
            autocomplete="off"
            value={draft.value}
            onInput={edited}
            onClick={open}
            onBlur={close}
            onKeyDown={onKeyDown}
          />
        </div>
        <button
          type="button"
          class="plain"
          title="What can be searched"
          aria-label="What can be searched"
          onClick={() => {
            helps.value = true;
          }}
        >
          ?
        </button>
        <button type="submit" class="primary">
          Search
        </button>
        {isOpen && <SuggestionList id={id} suggestions={suggestions.value} chosen={chosenAt} onTake={take} />}
      </div>
      <div id={`${id}-note`} class="search-note" aria-live="polite">
        {problem.value && <p class="search-problem">{problem.value.message}</p>}
        {note.value?.hints.map((hint) => (
          <p key={hint}>{hint}</p>
        ))}
      </div>
      <Chips text={draft.value} onChange={submit} onEdit={edit} />
      {helps.value && (
        <HelpCard
          onUse={(text) => {
            helps.value = false;
            submit(text);
          }}
          onClose={() => {
            helps.value = false;
          }}
        />
      )}
    </form>
  );
}

/** As a person would type it, so that the browser can undo it. */
function replaceTyped(box: HTMLTextAreaElement, from: number, to: number, text: string): void {
  box.setSelectionRange(from, to);
  if (!document.execCommand('insertText', false, text)) box.setRangeText(text, from, to, 'end');
}

/** The error of a text before the server has seen it. At its end it is not told: the text is not complete. */
function whileTyping(text: string): { message: string; column: number } | null {
  const long = tooLong(text);
  if (long) return long;
  const { error } = queryParts(text);
  if (!(error instanceof QuerySyntax) || indexOf(text, error.column) >= text.trimEnd().length) return null;
  return { message: error.message, column: error.column };
}

/** A search is a part of the URL. Servers and proxies may refuse a request whose URL and headers have more than 16 KiB. */
const ENCODED_LENGTH_MAX = 10_000;

function tooLong(text: string): { message: string; column: number } | null {
  const { length } = encodeURIComponent(text.toWellFormed());
  if (length <= ENCODED_LENGTH_MAX) return null;
  return {
    message: `Expected a search of at most ${ENCODED_LENGTH_MAX} characters in a link, got ${length}.`,
    column: 1,
  };
}

/** The language counts characters from 1, a text in JavaScript UTF-16 units from 0. */
const indexOf = (text: string, column: number): number => [...text].slice(0, column - 1).join('').length;
