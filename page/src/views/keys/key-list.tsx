import type { KeyFragment } from '../../api/documents.ts';
import { shownTime } from '../../state/zone.ts';

interface Props {
  keys: readonly KeyFragment[];
  onRevoke: (key: KeyFragment) => void;
}

/** The keys, as the server orders them: the newest first. */
export function KeyList({ keys, onRevoke }: Props) {
  if (keys.length === 0) return <p class="quiet">There is no key yet.</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it.
    <section class="keys-table" aria-label="The keys" tabIndex={0}>
      <table>
        <thead>
          <tr>
            {['Name', 'Rights', 'Scope and stamp', 'Last used', 'Made', 'Expires', ''].map((title) => (
              <th key={title} scope="col">
                {title === '' ? <span class="visually-hidden">What to do</span> : title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {keys.map((key) => (
            <KeyRow key={key.id} apiKey={key} onRevoke={onRevoke} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function KeyRow({ apiKey, onRevoke }: { apiKey: KeyFragment; onRevoke: (key: KeyFragment) => void }) {
  const { name, prefix, rights, createdAt, lastUsedAt, revokedAt } = apiKey;
  const isOver = revokedAt !== null || hasExpired(apiKey);
  return (
    <tr class={isOver ? 'over' : undefined}>
      <th scope="row">
        {name}
        <code class="quiet">{prefix}...</code>
      </th>
      <td>{rights.join(', ')}</td>
      <td>
        <Bounds {...apiKey} />
      </td>
      <td>{lastUsedAt === null ? 'never' : minute(lastUsedAt)}</td>
      <td>{minute(createdAt)}</td>
      <td>{end(apiKey)}</td>
      <td>
        {!isOver && (
          <button type="button" aria-label={`Revoke ${name}`} onClick={() => onRevoke(apiKey)}>
            Revoke
          </button>
        )}
      </td>
    </tr>
  );
}

function Bounds({ scope, stamp, recordsPerSecond }: KeyFragment) {
  const stamped = Object.entries(stamp ?? {}).filter(([, value]) => value !== null);
  return (
    <div class="key-bounds">
      {scope !== null && (
        <div>
          sees <code>{scope}</code>
        </div>
      )}
      {stamped.length > 0 && (
        <div>
          writes <code>{stamped.map(([field, value]) => `${field}=${value}`).join(' ')}</code>
        </div>
      )}
      {recordsPerSecond !== null && <div>{`${recordsPerSecond.toLocaleString()} records/s`}</div>}
    </div>
  );
}

/** `2026-11-21 21:06` */
const minute = (time: string): string => shownTime(time).slice(0, 16);

const hasExpired = ({ expiresAt }: KeyFragment): boolean => expiresAt !== null && Date.parse(expiresAt) <= Date.now();

function end(key: KeyFragment): string {
  const { expiresAt, revokedAt } = key;
  if (revokedAt !== null) return `revoked ${minute(revokedAt)}`;
  if (expiresAt === null) return 'never';
  return hasExpired(key) ? `expired ${minute(expiresAt)}` : minute(expiresAt);
}
