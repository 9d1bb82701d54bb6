import { type FieldNode, type GraphQLResolveInfo, Kind, type SelectionSetNode } from 'graphql';
import { type FieldName, HTTP_FIELDS, SURROUNDING_FIELDS } from '../log/fields.ts';

/** The fields of a record that a field of `Log` needs, if they are not the one with its name. */
const NEEDED_BY: Readonly<Record<string, readonly FieldName[]>> = {
  id: ['timestamp', 'uid'],
  cursor: ['timestamp', 'uid'],
  level: ['severityNumber'],
  http: Object.values(HTTP_FIELDS),
  correlation: ['correlationId'],
  surrounding: ['timestamp', 'uid', ...Object.values(SURROUNDING_FIELDS)],
};

/** The position of a record. */
const ALWAYS: readonly FieldName[] = ['timestamp', 'uid'];

/** All fields of a record that the selected fields need. */
export const recordFields = (selected: ReadonlySet<string>): Set<FieldName> =>
  new Set([...ALWAYS, ...Array.from(selected).flatMap((name) => NEEDED_BY[name] ?? [name as FieldName])]);

/** The names of all fields that are selected below a field, at any depth. `@skip` and `@include` are ignored. */
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
