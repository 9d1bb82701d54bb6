import { Link } from '../../parts/link.tsx';
import { urlWith } from '../../state/url.ts';
import { countText, shortCount } from '../../text/number.ts';
import { CallTable } from './call-table.tsx';
import { costText, type LlmStats } from './calls.ts';

interface Props {
  chains: NonNullable<LlmStats['chains']>;
}

/** The requests and jobs whose calls cost most. */
export function Chains({ chains }: Props) {
  const known = chains.filter(({ value }) => value !== null);
  return (
    <section aria-label="The dearest chains">
      <h2>The dearest chains</h2>
      {known.length === 0 ? (
        <p class="quiet">No call has a correlation id.</p>
      ) : (
        <CallTable label="Chains" columns={['Chain', 'Cost', 'Calls', 'Tokens']}>
          {known.map(({ value, totals }) => (
            <tr key={value}>
              <th scope="row">
                <Link href={urlWith({ view: 'chain', chain: value!, record: undefined })}>{value}</Link>
              </th>
              <td>{costText(totals)}</td>
              <td>{countText(totals.calls)}</td>
              <td>{shortCount(totals.inputTokens + totals.outputTokens)}</td>
            </tr>
          ))}
        </CallTable>
      )}
    </section>
  );
}
