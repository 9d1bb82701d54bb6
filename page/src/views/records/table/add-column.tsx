import { useSignal } from '@preact/signals';
import { AttributesOfSomeDocument } from '../../../api/documents.ts';
import type { Json } from '../../../api/json.ts';
import { Dialog } from '../../../parts/dialog.tsx';
import { useResource } from '../../../state/resource.ts';
import { filter, time } from '../../../state/search.ts';
import { addColumn, columns, removeColumn } from '../../../state/table-settings.ts';
import { attributeName, isColumn, KNOWN_COLUMNS } from '../../../text/columns.ts';

/** Records whose attributes are suggested, and how many of them. */
const RECORDS_LOOKED_AT = 20;
const SUGGESTED_MAX = 200;

/** Which columns the table has: a field, or an attribute by its name. */
export function AddColumn({ onClose }: { onClose: () => void }) {
  const typed = useSignal('');
  const some = useResource(AttributesOfSomeDocument, () => ({
    filter: filter.value,
    time: time.value,
    first: RECORDS_LOOKED_AT,
  }));
  const attributes = attributeNames(some.value.data?.logs?.nodes.map((record) => record.attributes) ?? []);
  const name = typed.value.trim();
  const problem = name === '' || isColumn(name) ? '' : 'No field has this name. An attribute begins with "attributes."';
  return (
    <Dialog title="Columns" onClose={onClose}>
      <form
        class="add-column"
        onSubmit={(event) => {
          event.preventDefault();
          if (!isColumn(name)) return;
          addColumn(name);
          typed.value = '';
        }}
      >
        <label>
          Field or attribute
          <input
            class="mono"
            list="column-names"
            value={typed.value}
            placeholder="attributes.http.route"
            aria-invalid={problem !== ''}
            onInput={(event) => {
              typed.value = event.currentTarget.value;
            }}
          />
        </label>
        <datalist id="column-names">
          {[...KNOWN_COLUMNS, ...attributes].map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
        <button type="submit" class="primary" disabled={!isColumn(name)}>
          Add
        </button>
        <p class="quiet" aria-live="polite">
          {problem}
        </p>
      </form>
      <ul class="column-list">
        {columns.value.map((one) => (
          <li key={one}>
            <span class="mono">{one}</span>
            <button type="button" class="plain" aria-label={`Remove ${one}`} onClick={() => removeColumn(one)}>
              ✕
            </button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}

function attributeNames(records: readonly Json[]): string[] {
  const names = new Set<string>();
  const add = (value: Json, path: string[]): void => {
    if (names.size === SUGGESTED_MAX) return;
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    if (!isObject) {
      if (path.length > 0) names.add(attributeName(path));
      return;
    }
    for (const key of Object.keys(value)) {
      if (names.size === SUGGESTED_MAX) return;
      add(value[key]!, [...path, key]);
    }
  };
  for (const attributes of records) add(attributes, []);
  return [...names];
}
