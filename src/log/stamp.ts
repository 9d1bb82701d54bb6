import type { FieldValues } from './fields.ts';
import { type JsonObject, setInstead, storableText } from './json.ts';

/** What is written on each record that a caller stores, whatever the record says. Null: what the record says. */
export interface Stamp {
  readonly service: string | null;
  readonly environment: string | null;
  readonly deploymentVersion: string | null;
}

const STAMPED = ['service', 'environment', 'deploymentVersion'] as const;
/** The attribute with the sender's own values, where the stamp has others. */
const SENT_ATTRIBUTE = 'weir.sent';

/** What the sender says of the same fields. */
type Said = { readonly [field in keyof Stamp]?: string | null | undefined };

/** Writes a stamp on a record. What the sender said otherwise is kept in `attributes`. */
export function writeStamp(record: FieldValues, draft: Said, stamp: Stamp): void {
  const sent: JsonObject = {};
  for (const field of STAMPED) {
    const value = stamp[field];
    if (value === null) continue;
    const said = draft[field];
    // A text that is too long for its field is in `attributes` already.
    if (said && record[field] === storableText(said) && said !== value) sent[field] = record[field];
    record[field] = value;
  }
  if (Object.keys(sent).length > 0) setInstead(record.attributes, SENT_ATTRIBUTE, sent);
}
