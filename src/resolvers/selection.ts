import { type FieldNode, type GraphQLResolveInfo, Kind, type SelectionSetNode } from 'graphql';
import { type FieldName, HTTP_FIELDS, SURROUNDING_FIELDS } from '../log/fields.ts';

/** What a field of `Log` reads, where it is not the record's field of that name. */
const READ_BY: Readonly<Record<string, readonly FieldName[]>> = {
  id: ['timestamp', 'uid'],
  cursor: ['timestamp', 'uid'],
  level: ['severityNumber'],
  http: Object.values(HTTP_FIELDS),
  correlation: ['correlationId'],
  surrounding: ['timestamp', 'uid', ...Object.values(SURROUNDING_FIELDS)],
};

/** What the place of a record is told by. */
const ALWAYS: readonly FieldName[] = ['timestamp', 'uid'];

/** The fields of records that any field of these names reads: what an operation asks for at least. */
export const recordFields = (asked: ReadonlySet<string>): Set<FieldName> =>
  new Set([...ALWAYS, ...Array.from(asked).flatMap((name) => READ_BY[name] ?? [name as FieldName])]);

/** The names of all fields that are asked for below a field, however deep, and whatever `@skip` says. */
export function namesBelow({ fieldNodes, fragments }: GraphQLResolveInfo): Set<string> {
  const names = new Set<string>();
  const spread = new Set<string>();
  const add = (set: SelectionSetNode | undefined): void => {
    for (const selection of set?.selections ?? []) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        const { value } = selection.name;
        if (spread.has(value)) continue;
        spread.add(value);
        add(fragments[value]?.selectionSet);
      } else {
        if (selection.kind === Kind.FIELD) names.add(selection.name.value);
        add(selection.selectionSet);
      }
    }
  };
  for (const { selectionSet } of fieldNodes as readonly FieldNode[]) add(selectionSet);
  return names;
}
