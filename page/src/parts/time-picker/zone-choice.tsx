import { useSignal } from '@preact/signals';
import { go, urlValue } from '../../state/url.ts';
import { timeZone } from '../../state/zone.ts';
import { isTimeZone } from '../../text/time.ts';

const zone = urlValue('zone');
/** Older browsers do not list them: there one types a name without help. */
const NAMES = Intl.supportedValuesOf?.('timeZone') ?? [];

/** By which clocks times are shown: those of this browser, UTC, or of any zone. */
export function ZoneChoice() {
  const unknown = useSignal<string | null>(null);
  const choose = (name: string | undefined): void => {
    unknown.value = null;
    go({ zone: name });
  };
  return (
    <fieldset class="time-zone">
      <legend>Time zone</legend>
      <button type="button" aria-pressed={zone.value === undefined} onClick={() => choose(undefined)}>
        Local
      </button>
      <button type="button" aria-pressed={zone.value === 'utc'} onClick={() => choose('utc')}>
        UTC
      </button>
      <input
        type="text"
        list="time-zones"
        aria-label="Name of a time zone"
        placeholder="Europe/Berlin"
        spellcheck={false}
        value={timeZone.value}
        onFocus={(event) => event.currentTarget.select()}
        onChange={(event) => {
          const name = event.currentTarget.value.trim();
          if (isTimeZone(name)) choose(name);
          else unknown.value = name;
        }}
      />
      <datalist id="time-zones">
        {NAMES.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      {unknown.value !== null && (
        <p class="time-problem" role="alert">
          Expected the name of a time zone, like Europe/Berlin, got "{unknown.value}".
        </p>
      )}
    </fieldset>
  );
}
