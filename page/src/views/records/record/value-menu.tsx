import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import type { Json } from '../../../api/json.ts';
import { copyText } from '../../../parts/copy.ts';
import { MenuButton, type MenuItem } from '../../../parts/menu.tsx';
import { query, search } from '../../../state/search.ts';
import { addColumn, hasColumn, removeColumn } from '../../../state/table-settings.ts';
import { go } from '../../../state/url.ts';
import { isColumn } from '../../../text/columns.ts';
import { excluding, withTerm } from '../../../text/query-terms.ts';

interface Props {
  /** Its name in the search language. */
  field: string;
  value: Json;
  children: ComponentChildren;
}

/** The value that has the focus: `x` excludes it. */
const focused = signal<{ field: string; value: Json } | null>(null);

export const exclude = (field: string, value: Json): void => search(excluding(query.peek(), field, value));
export function excludeFocused(): void {
  if (focused.value) exclude(focused.value.field, focused.value.value);
}

/** What the bars of the histogram cannot be grouped by: nearly each record has another one. */
const NOT_GROUPED =
  /^(?:time|receivedAt|message|stackTrace|uid|spanId|durationMs|severityNumber|http\..*|llm\..*(?:Tokens|Usd|Ms))$/;

/** A value of a record. Its menu goes on from there: to a search, to a column. */
export function ValueMenu({ field, value, children }: Props) {
  return (
    <span
      class="record-value"
      onFocusIn={() => {
        focused.value = { field, value };
      }}
      onFocusOut={() => {
        focused.value = null;
      }}
    >
      <MenuButton class="plain value-button" label={field} isNamedByContent items={() => itemsOf(field, value)}>
        <span class="visually-hidden">{`${field}: `}</span>
        {children}
      </MenuButton>
    </span>
  );
}

function itemsOf(field: string, value: Json): MenuItem[] {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const column = hasColumn(field)
    ? { label: 'Remove the column', run: () => removeColumn(field) }
    : { label: 'Add as column', run: () => addColumn(field) };
  return [
    { label: 'Only this', run: () => search(withTerm(query.peek(), field, value)) },
    { label: 'Exclude', run: () => exclude(field, value) },
    ...(isColumn(field) ? [column] : []),
    ...(NOT_GROUPED.test(field) ? [] : [{ label: 'Group by', run: () => go({ by: field === 'level' ? '' : field }) }]),
    { label: 'Copy', run: () => void copyText(text) },
  ];
}
