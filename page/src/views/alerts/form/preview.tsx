import { type ReadonlySignal, useSignal, useSignalEffect } from '@preact/signals';
import { AlertPreviewDocument } from '../../../api/documents.ts';
import { ErrorNote } from '../../../parts/error-note.tsx';
import { range } from '../../../state/range.ts';
import { useResource } from '../../../state/resource.ts';
import { time } from '../../../state/search.ts';
import { offset, timeZone } from '../../../state/zone.ts';
import { fieldErrorOf } from '../../../text/field-error.ts';
import { counted } from '../../../text/number.ts';
import { rangeText } from '../../../text/range.ts';
import { ruleText, valueText } from '../alert-text.ts';
import type { Rule } from './alert-draft.ts';
import { PreviewPlot } from './preview-plot.tsx';
import { detailText, firedText } from './preview-text.ts';
import { daysMax, previewTime } from './preview-time.ts';
import './preview.css';

/** Not each key that is typed asks. */
const PAUSE_MS = 300;
const BUCKETS = 160;

interface Props {
  query: string;
  rule: ReadonlySignal<Rule>;
}

/** How often an alert would have fired in the shown range, while its rule is typed. */
export function PreviewPart({ query, rule }: Props) {
  const asked = useSignal(rule.peek());
  useSignalEffect(() => {
    const next = rule.value;
    if (JSON.stringify(next) === JSON.stringify(asked.peek())) return;
    const timer = setTimeout(() => {
      asked.value = next;
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  });
  const answer = useResource(AlertPreviewDocument, () => {
    const { time: previewed } = previewTime(time.value, asked.value.measure, Date.now());
    const filter = query.trim() === '' ? null : { query };
    const input = { query, ...asked.value };
    return { input, filter, time: previewed, buckets: BUCKETS, timeZone: timeZone.value };
  });
  const { data, error, loading } = answer.value;
  const { measure, threshold } = asked.value;
  const preview = data?.alertPreview;
  const { isShortened } = previewTime(time.value, measure, Date.now());
  const days = counted(daysMax(measure), 'day');
  const rangeName = isShortened ? `the last ${days} of the shown range` : rangeText(range.value, offset.value);
  if (error || !preview) {
    return (
      <section class="preview" aria-label="Preview" aria-busy={loading}>
        {error ? (
          <ErrorNote title="There is no preview" message={fieldErrorOf(error.message, []).message} />
        ) : (
          <p class="quiet">Counting ...</p>
        )}
      </section>
    );
  }
  return (
    <section class="preview" aria-label="Preview" aria-busy={loading}>
      <p role="status">
        {rangeName}: <strong>{firedText(preview)}</strong>. {detailText(preview, measure)}
      </p>
      <PreviewPlot
        preview={preview}
        bars={data.stats?.bars ?? []}
        threshold={threshold}
        label={`Records over time. ${ruleText(asked.value)}: ${firedText(preview)}`}
      />
      <ul class="preview-legend quiet" aria-hidden="true">
        <li class="preview-key-records">records</li>
        <li class="preview-key-value">value{mostText(preview.values, measure)}</li>
        {threshold !== null && <li class="preview-key-threshold">threshold</li>}
        <li class="preview-key-firing">firing</li>
      </ul>
    </section>
  );
}

function mostText(values: readonly { value: number | null }[], measure: Rule['measure']): string {
  const most = Math.max(...values.map(({ value }) => value ?? Number.NEGATIVE_INFINITY));
  return Number.isFinite(most) ? `, at most ${valueText(measure, most)}` : '';
}
