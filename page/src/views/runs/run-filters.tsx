import { type ReadonlySignal, useSignal, useSignalEffect } from '@preact/signals';
import { TimePicker } from '../../parts/time-picker/time-picker.tsx';
import { go } from '../../state/url.ts';
import { type Run, runFilter, STATUSES } from './run-filter.ts';

/** Which runs are shown. */
export function RunFilters({ known }: { known: ReadonlySignal<Run[]> }) {
  const { status } = runFilter.value;
  return (
    <form class="run-filters" role="search" aria-label="Runs" onSubmit={(event) => event.preventDefault()}>
      <select aria-label="Status" value={status ?? ''} onChange={(event) => go({ status: event.currentTarget.value })}>
        <option value="">Any status</option>
        {Object.entries(STATUSES).map(([value, words]) => (
          <option key={value} value={value}>
            {words}
          </option>
        ))}
      </select>
      <ExactFilter field="name" label="Name" known={known} />
      <ExactFilter field="service" label="Service" known={known} />
      <TimePicker />
    </form>
  );
}

interface ExactFilterProps {
  field: 'name' | 'service';
  label: string;
  known: ReadonlySignal<Run[]>;
}

/** A whole name, with those of the shown runs to choose from. */
function ExactFilter({ field, label, known }: ExactFilterProps) {
  // Runs that tell of themselves render this anew: what is typed stays.
  const draft = useSignal(runFilter.peek()[field] ?? '');
  useSignalEffect(() => {
    draft.value = runFilter.value[field] ?? '';
  });
  const names = new Set(known.value.map((run) => run[field]).filter((name) => name !== null));
  return (
    <>
      <input
        type="search"
        aria-label={label}
        placeholder={`Any ${label.toLowerCase()}`}
        list={`run-${field}s`}
        value={draft.value}
        onInput={(event) => {
          draft.value = event.currentTarget.value;
        }}
        onChange={(event) => go({ [field]: event.currentTarget.value.trim() })}
      />
      <datalist id={`run-${field}s`}>
        {Array.from(names, (name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </>
  );
}
