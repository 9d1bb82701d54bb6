import { useEffect, useRef } from 'preact/hooks';
import { AlertNotifiersDocument } from '../../../api/documents.ts';
import { Link } from '../../../parts/link.tsx';
import { useResource } from '../../../state/resource.ts';
import { refreshes } from '../../../state/search.ts';
import { urlWith } from '../../../state/url.ts';
import { may } from '../../../state/viewer.ts';
import { shownTime } from '../../../state/zone.ts';
import { isoDurationText } from '../../../text/iso-duration.ts';
import { urlOf } from '../../records/saved/saved-view.ts';
import { AlertBadge } from '../alert-badge.tsx';
import { type Alert, isSilenced, ruleText, standingOf, valueText } from '../alert-text.ts';
import { AlertActions } from './alert-actions.tsx';
import { EventList } from './event-list.tsx';
import './open-alert.css';

interface Props {
  id: string;
  /** Null: it was deleted. */
  alert: Alert | null;
}

/** One alert: how it stands, what one may do with it, and what happened. */
export function OpenAlert({ id, alert }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <aside class="open-alert" aria-label="Alert">
      <header>
        <h2 ref={heading} tabIndex={-1}>
          {alert?.name ?? 'No alert'}
        </h2>
        <Link href={urlWith({ alert: undefined })} aria-label="Close this alert" class="close">
          ✕
        </Link>
      </header>
      {alert ? <Shown alert={alert} /> : <p>There is no alert with this id (any more).</p>}
      {alert && <EventList id={id} alert={alert} />}
    </aside>
  );
}

function Shown({ alert }: { alert: Alert }) {
  const { id, measure, value, error, evaluatedAt, cooldown, search, silencedUntil } = alert;
  const isAdmin = may('ADMIN');
  const answer = useResource(AlertNotifiersDocument, () => {
    refreshes.value;
    return isAdmin ? { id } : null;
  });
  const node = answer.value.data?.node;
  const notify = node && 'notify' in node ? node.notify : null;
  const standing = standingOf(alert);
  return (
    <>
      <p>
        <AlertBadge standing={standing} />{' '}
        {standing === 'unknown' ? error : standing === 'off' ? 'It is not evaluated.' : valueText(measure, value)}
      </p>
      <dl>
        <Item term="Fires at">{ruleText(alert)}</Item>
        <Item term="Search">
          <Link href={urlOf(search)}>
            <code>{search.query === '' ? 'all records' : search.query}</code>
          </Link>
        </Item>
        <Item term="Cooldown">{isoDurationText(cooldown)}</Item>
        <Item term="Evaluated">{evaluatedAt === null ? 'not yet' : shownTime(evaluatedAt).slice(0, 19)}</Item>
        {isSilenced(alert) && <Item term="Silenced until">{shownTime(silencedUntil!).slice(0, 16)}</Item>}
        {notify && (
          <Item term="Tells">{notify.length === 0 ? 'nobody' : notify.map(({ name }) => name).join(', ')}</Item>
        )}
      </dl>
      {isAdmin && <AlertActions alert={alert} notifierIds={notify?.map((notifier) => notifier.id) ?? null} />}
    </>
  );
}

const Item = ({ term, children }: { term: string; children: preact.ComponentChildren }) => (
  <div>
    <dt>{term}</dt>
    <dd>{children}</dd>
  </div>
);
