import { computed, useSignal } from '@preact/signals';
import type { FieldRef } from '../../../api/documents.ts';
import { go, urlValue } from '../../../state/url.ts';
import { fieldRef, GROUP_FIELDS } from '../../../text/field-name.ts';

const by = urlValue('by');
const OTHER = 'attribute';

/** What the bars are grouped by. Null: by level, as is what the server does not count. */
export const groupBy = computed<{ name: string; ref: FieldRef } | null>(() => {
  const ref = by.value === undefined || by.value === 'level' ? undefined : fieldRef(by.value);
  return ref ? { name: by.value!, ref } : null;
});

/** The choice of a field, or of an attribute by its name. */
export function GroupBy() {
  const typing = useSignal(false);
  const shown = groupBy.value?.name ?? 'level';
  const choose = (name: string): void => {
    typing.value = false;
    go({ by: name === 'level' ? undefined : name });
  };
  if (typing.value) return <AttributeName onChoose={choose} onLeave={() => (typing.value = false)} />;
  return (
    <label class="group-by">
      <span class="quiet">by</span>
      <select
        aria-label="Group by"
        value={shown}
        onChange={(event) => {
          const name = event.currentTarget.value;
          if (name === OTHER) typing.value = true;
          else choose(name);
        }}
      >
        {!GROUP_FIELDS.includes(shown) && <option value={shown}>{shown}</option>}
        {GROUP_FIELDS.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
        <option value={OTHER}>attribute ...</option>
      </select>
    </label>
  );
}

interface AttributeProps {
  onChoose: (name: string) => void;
  onLeave: () => void;
}

function AttributeName({ onChoose, onLeave }: AttributeProps) {
  const refused = useSignal(false);
  return (
    <form
      class="group-by"
      onSubmit={(event) => {
        event.preventDefault();
        const typed = String(new FormData(event.currentTarget).get('name')).trim();
        const name = fieldRef(typed) ? typed : `attributes.${typed}`;
        if (fieldRef(name)) onChoose(name);
        else refused.value = true;
      }}
    >
      <input
        name="name"
        aria-label="Attribute to group by"
        aria-invalid={refused.value}
        title={refused.value ? 'Expected the name of an attribute: region, http.route, "a key".x' : undefined}
        placeholder="http.route"
        ref={(field) => field?.focus()}
        onKeyDown={(event) => event.key === 'Escape' && onLeave()}
      />
      <button type="submit">Group</button>
    </form>
  );
}
