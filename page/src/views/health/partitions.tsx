import { useSignal } from '@preact/signals';
import type { StorageQuery } from '../../api/documents.ts';
import { shownTime } from '../../state/zone.ts';
import { shownBytes } from '../../text/bytes.ts';
import { countText } from '../../text/number.ts';

const SHOWN_FIRST = 20;

/** The tables of the records and what is archived, the newest first. */
export function Partitions({ partitions }: Pick<NonNullable<StorageQuery['storage']>, 'partitions'>) {
  const all = useSignal(false);
  const newestFirst = partitions.toReversed();
  const shown = all.value ? newestFirst : newestFirst.slice(0, SHOWN_FIRST);
  const largest = Math.max(1, ...partitions.map(({ bytes }) => bytes));
  return (
    <section aria-label="Partitions">
      <h2>
        Partitions <span class="quiet">{countText(partitions.length)}</span>
      </h2>
      <div class="table-frame">
        <table>
          <thead>
            <tr>
              <th scope="col">From</th>
              <th scope="col" class="to">
                To
              </th>
              <th scope="col">State</th>
              <th scope="col">Records</th>
              <th scope="col">Size</th>
            </tr>
          </thead>
          <tbody>
            {shown.map(({ name, from, to, state, rows, bytes }) => (
              <tr key={`${name} ${state}`}>
                <th scope="row" title={name}>
                  {shownMinute(from)}
                </th>
                <td class="to">{shownMinute(to)}</td>
                <td>{state.toLowerCase()}</td>
                <td class="number">{countText(rows)}</td>
                <td class="size">
                  <span class="size-bar" style={{ width: `${(100 * bytes) / largest}%` }} />
                  <span>{shownBytes(bytes)}</span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {!all.value && partitions.length > SHOWN_FIRST && (
        <button
          type="button"
          onClick={() => {
            all.value = true;
          }}
        >
          Show all {countText(partitions.length)}
        </button>
      )}
    </section>
  );
}

const shownMinute = (time: string): string => shownTime(time).slice(0, '2026-11-21 21:06'.length);
