import {
  type LogField,
  type LogFilter,
  type TimeRangeInput,
  UnusualDocument,
  type UnusualQuery,
} from '../../api/documents.ts';
import { useResource } from '../../state/resource.ts';
import { refreshes } from '../../state/search.ts';
import { type UrlChange, urlWith } from '../../state/url.ts';
import { fieldRef, GROUP_FIELDS } from '../../text/field-name.ts';
import { firstLine } from '../../text/first-line.ts';
import { countText } from '../../text/number.ts';
import { attributeField, withTerm } from '../../text/query-terms.ts';
import { ErrorNote } from '../error-note.tsx';
import { Link } from '../link.tsx';
import './unusual.css';

export interface UnusualProps {
  /** The URL that shows the records. `q`: their search. */
  records: UrlChange & { q: string };
  time: TimeRangeInput;
  /** Fields that the search names: that all its records share them is nothing new. */
  known: readonly LogField[];
}

type Value = NonNullable<UnusualQuery['unusual']>[number];

const SHOWN = 10;
/** Values of known fields are left out. */
const ASKED = 40;
/** A smaller difference is chance. */
const LIFT_MIN = 1.2;

/** Values that are more common in these records than in all others of the time, each with a link to the records that have it. */
export default function UnusualList({ records, time, known }: UnusualProps) {
  const answer = useResource(UnusualDocument, () => {
    refreshes.value;
    const filter: LogFilter = { query: records.q };
    return { filter, time, first: ASKED };
  });
  const { data, error } = answer.value;
  if (error) return <ErrorNote title="This could not be compared" message={error.message} />;
  if (!data) return <p class="quiet">Comparing ...</p>;
  const values = (data.unusual ?? [])
    .filter(({ field, lift }) => lift >= LIFT_MIN && !(field && known.includes(field)))
    .slice(0, SHOWN);
  if (values.length === 0) {
    return (
      <p class="quiet">
        No value of at least 10 of these records is more common here than in other records of the time.
      </p>
    );
  }
  return (
    <table class="unusual-values">
      <caption class="quiet">More common here than in other records of the time</caption>
      <thead class="quiet">
        <tr>
          <th scope="col">Value</th>
          <th scope="col">Here</th>
          <th scope="col">Elsewhere</th>
          <th scope="col">Times as common</th>
        </tr>
      </thead>
      <tbody>
        {values.map((value) => (
          <Row key={JSON.stringify([value.field, value.attribute, value.value])} value={value} records={records} />
        ))}
      </tbody>
    </table>
  );
}

type RowProps = Pick<UnusualProps, 'records'> & { value: Value };

function Row({ value: { field, attribute, value, count, outside, lift }, records }: RowProps) {
  const name = attribute ? attributeField(attribute) : nameOf(field!);
  const shown = field === 'LEVEL' ? value.toLowerCase() : value;
  return (
    <tr>
      <th scope="row">
        <Link href={urlWith({ ...records, q: withTerm(records.q, name, shown) })}>
          <span class="quiet">{name}</span> <span class="mono">{firstLine(shown)}</span>
        </Link>
      </th>
      <td>{countText(count)}</td>
      <td>{countText(outside)}</td>
      <td>{outside === 0 ? 'only here' : `${liftText(lift)} ×`}</td>
    </tr>
  );
}

const nameOf = (field: LogField): string => GROUP_FIELDS.find((name) => fieldRef(name)?.field === field) ?? field;

const liftText = (lift: number): string => (lift < 10 ? lift.toFixed(1) : countText(lift));
