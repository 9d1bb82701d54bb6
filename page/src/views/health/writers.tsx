import { shownTime } from '../../state/zone.ts';
import { countText } from '../../text/number.ts';
import type { Health } from './health.ts';

const WORDS = { IDLE: 'idle', WRITING: 'writing', RETRYING: 'retrying', STOPPED: 'stopped' };

/** What stores the records. */
export function Writers({ writers }: { writers: Health['workers'] }) {
  return (
    <section aria-label="Writers">
      <h2>Writers</h2>
      <div class="table-frame">
        <table>
          <thead>
            <tr>
              <th scope="col">Writer</th>
              <th scope="col">State</th>
              <th scope="col">Records</th>
              <th scope="col" class="batches">
                Batches
              </th>
              <th scope="col">Last write</th>
              <th scope="col">Last error</th>
            </tr>
          </thead>
          <tbody>
            {writers.map(({ name, status, rowsWritten, batchesWritten, lastWriteAt, lastError }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td class={status === 'RETRYING' ? 'is-warning' : ''}>{WORDS[status]}</td>
                <td class="number">{countText(rowsWritten)}</td>
                <td class="number batches">{countText(batchesWritten)}</td>
                <td>{lastWriteAt && shownTime(lastWriteAt)}</td>
                <td>{lastError}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
