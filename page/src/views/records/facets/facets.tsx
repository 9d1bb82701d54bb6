import { useSignal, useSignalEffect } from '@preact/signals';
import { sampleAttributes } from '../../../state/attribute-names.ts';
import { filter, refreshes, time } from '../../../state/search.ts';
import { storedSignal } from '../../../state/stored.ts';
import { attributeFields, type CountedField, RECORD_FIELDS } from './counted-field.ts';
import { Facet } from './facet.tsx';
import './facets.css';

/** The names of the open ones. Only these are counted. */
const opened = storedSignal<readonly string[]>('facets', ['level', 'service']);
/** Each open one is a question at each search. */
const OPENED_MAX = 12;

function toggle(name: string, isOpen: boolean): void {
  const others = opened.peek().filter((one) => one !== name);
  opened.value = isOpen ? [...others, name].slice(-OPENED_MAX) : others;
}

/** The fields with counts of their values. */
export function Facets() {
  const wanted = useSignal('');
  useSignalEffect(() => {
    refreshes.value;
    filter.value;
    time.value;
    void sampleAttributes();
  });
  const matches = ({ name }: CountedField): boolean => name.toLowerCase().includes(wanted.value.trim().toLowerCase());
  const attributes = attributeFields().filter(matches);
  const fields = RECORD_FIELDS.filter(matches);
  return (
    <div class="facets">
      <input
        type="search"
        aria-label="Find a field"
        placeholder="Find a field"
        value={wanted.value}
        onInput={(event) => {
          wanted.value = event.currentTarget.value;
        }}
      />
      {fields.map((field) => (
        <Section key={field.name} {...field} />
      ))}
      {attributes.length > 0 && <h3>Attributes</h3>}
      {attributes.map((field) => (
        <Section key={field.name} {...field} />
      ))}
      {fields.length + attributes.length === 0 && <p class="facet-note">No field has this name.</p>}
    </div>
  );
}

function Section(field: CountedField) {
  const isOpen = opened.value.includes(field.name);
  return (
    <section class="facet">
      <button type="button" class="plain facet-name" aria-expanded={isOpen} onClick={() => toggle(field.name, !isOpen)}>
        <span aria-hidden="true">{isOpen ? '▾' : '▸'}</span> {field.name.replace(/^attributes\./, '')}
      </button>
      {isOpen && <Facet {...field} />}
    </section>
  );
}
