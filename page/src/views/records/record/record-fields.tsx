import type { WholeRecordFragment } from '../../../api/documents.ts';
import type { Json } from '../../../api/json.ts';
import { LogText } from '../../../parts/log-text.tsx';
import { shownTime } from '../../../state/zone.ts';
import { AttributeTree } from './attribute-tree.tsx';
import { ValueMenu } from './value-menu.tsx';

const FIELDS = [
  'level',
  'service',
  'component',
  'action',
  'host',
  'environment',
  'deploymentVersion',
  'correlationId',
  'traceId',
  'spanId',
  'pipelineId',
  'userId',
  'errorType',
  'durationMs',
  'severityNumber',
  'uid',
] as const satisfies readonly (keyof WholeRecordFragment)[];

/** The fields that a record has, each with its menu. */
export function RecordFields({ record, words }: { record: WholeRecordFragment; words: readonly string[] }) {
  const fields: [name: string, value: Json][] = [
    ...FIELDS.map((name): [string, Json] => [name, record[name]]),
    ...partsOf('http', record.http),
    ...partsOf('llm', record.llm),
  ];
  const parameters = record.llm?.parameters as { [key: string]: Json } | null | undefined;
  return (
    <section aria-label="Fields">
      <h3>Fields</h3>
      <dl class="record-fields mono">
        <Field name="time">{shownTime(record.timestamp)}</Field>
        <Field name="received">{shownTime(record.receivedAt)}</Field>
        {fields.map(([name, value]) =>
          value === null || Array.isArray(value) ? null : (
            <Field key={name} name={name}>
              <ValueMenu field={name} value={value}>
                <LogText text={String(value)} words={words} />
              </ValueMenu>
            </Field>
          ),
        )}
        {parameters && (
          <Field name="llm.parameters">
            <AttributeTree value={parameters} path={null} words={words} />
          </Field>
        )}
      </dl>
    </section>
  );
}

const Field = ({ name, children }: { name: string; children: preact.ComponentChildren }) => (
  <div>
    <dt class="quiet">{name}</dt>
    <dd>{children}</dd>
  </div>
);

/** The values of a part, `http.status`; of a list, each. */
function partsOf(
  part: 'http' | 'llm',
  values: WholeRecordFragment['http'] | WholeRecordFragment['llm'],
): [string, Json][] {
  return Object.entries(values ?? {}).flatMap(([name, value]): [string, Json][] =>
    name === 'parameters'
      ? []
      : Array.isArray(value)
        ? value.map((one) => [`${part}.${name}`, one])
        : [[`${part}.${name}`, value]],
  );
}
