import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { Dialog } from '../../../parts/dialog.tsx';
import { attributeNames, sampleAttributes } from '../../../state/attribute-names.ts';
import { addColumn, columns, removeColumn } from '../../../state/table-settings.ts';
import { isColumn, KNOWN_COLUMNS } from '../../../text/columns.ts';

/** Which columns the table has: a field, or an attribute by its name. */
export function AddColumn({ onClose }: { onClose: () => void }) {
  const typed = useSignal('');
  useEffect(() => {
    void sampleAttributes();
  }, []);
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
          {[...KNOWN_COLUMNS, ...attributeNames.value.keys()].map((one) => (
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
