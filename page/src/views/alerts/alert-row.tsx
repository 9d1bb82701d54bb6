import { Link } from '../../parts/link.tsx';
import { urlValue, urlWith } from '../../state/url.ts';
import { shownTime } from '../../state/zone.ts';
import { agoText } from '../../text/duration.ts';
import { AlertBadge } from './alert-badge.tsx';
import { type Alert, isSilenced, ruleText, standingOf, valueText } from './alert-text.ts';

const openId = urlValue('alert');

/** One alert: a link that opens it. */
export function AlertRow({ alert }: { alert: Alert }) {
  const { id, name, measure, value, error, evaluatedAt, events, search, silencedUntil } = alert;
  const standing = standingOf(alert);
  const newest = events?.nodes[0];
  return (
    <li>
      <Link class="alert-row" href={urlWith({ alert: id })} aria-current={openId.value === id ? 'true' : undefined}>
        <span class="alert-name">
          <AlertBadge standing={standing} />
          <strong>{name}</strong>
          <span class="quiet mono">{search.query === '' ? 'all records' : search.query}</span>
        </span>
        <span class="alert-value">
          {standing !== 'off' && standing !== 'unknown' && evaluatedAt !== null && (
            <span>
              <span class="quiet">now</span> {valueText(measure, value)}
            </span>
          )}
          <span class="quiet">fires at {ruleText(alert)}</span>
        </span>
        {(newest || isSilenced(alert)) && (
          <span class="alert-times quiet">
            {newest && (
              <span title={shownTime(newest.at)}>
                {newest.kind === 'FIRED' ? 'fired' : 'resolved'} {agoText(Date.parse(newest.at), Date.now())}
              </span>
            )}
            {isSilenced(alert) && <span>silenced until {shownTime(silencedUntil!).slice(11, 16)}</span>}
          </span>
        )}
        {standing === 'unknown' && error !== null && <span class="alert-problem">{error}</span>}
      </Link>
    </li>
  );
}
