import type { Signal } from '@preact/signals';
import type { AlertMeasure } from '../../../api/documents.ts';
import { FormField } from '../../../parts/form-field.tsx';
import { hasThreshold, MEASURES } from '../alert-text.ts';
import type { Draft } from './alert-draft.ts';

interface Props {
  draft: Signal<Draft>;
  problemAt: (field: string) => string | null;
}

const THRESHOLD_LABELS: Partial<Record<AlertMeasure, string>> = {
  COUNT: 'Fires at, records',
  ERROR_RATE: 'Fires at, percent',
  LLM_COST_USD: 'Fires at, dollars',
};

/** When it fires: what is measured, from which value on, and over how long. */
export function RuleFields({ draft, problemAt }: Props) {
  const { measure } = draft.value;
  const change = (part: Partial<Draft>): void => {
    draft.value = { ...draft.value, ...part };
  };
  const kept = (name: 'name' | 'threshold' | 'minimum' | 'window' | 'cooldown') => ({
    name,
    problem: problemAt(name),
    value: draft.value[name],
    onInput: (value: string) => change({ [name]: value }),
    required: true,
  });
  return (
    <div class="rule-fields">
      <FormField {...kept('name')} label="Name" placeholder="payments fail" />
      <label class="form-field">
        Measure
        <select
          name="measure"
          value={measure}
          onChange={(event) => change({ measure: event.currentTarget.value as AlertMeasure })}
        >
          {MEASURES.map(([value, title]) => (
            <option key={value} value={value}>
              {title}
            </option>
          ))}
        </select>
      </label>
      {hasThreshold(measure) && <FormField {...kept('threshold')} label={THRESHOLD_LABELS[measure]!} />}
      {measure === 'ERROR_RATE' && <FormField {...kept('minimum')} label="Of at least, records" />}
      <FormField {...kept('window')} label="Window" placeholder="5m, 1h, 1d" />
      <FormField {...kept('cooldown')} label="Cooldown" placeholder="1h; 0: tell each change" />
    </div>
  );
}
