import {
  type FieldNode,
  type GraphQLResolveInfo,
  getArgumentValues,
  getNamedType,
  isObjectType,
  Kind,
  type SelectionSetNode,
} from 'graphql';
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
export const namesBelow = (info: GraphQLResolveInfo): Set<string> =>
  new Set(Array.from(fieldsBelow(info), ({ name }) => name.value));

/**
 * The arguments of each selection of the field `name` in the items that a field returns. `@skip` and `@include` are ignored.
 * Selections whose arguments are not valid are left out: they are never resolved.
 */
export function argumentsBelow(info: GraphQLResolveInfo, name: string): Record<string, unknown>[] {
  const type = getNamedType(info.returnType);
  const field = isObjectType(type) ? type.getFields()[name] : undefined;
  if (!field) return [];
  return Array.from(fieldsBelow(info)).flatMap((node) => {
    if (node.name.value !== name) return [];
    try {
      return [getArgumentValues(field, node, info.variableValues)];
    } catch {
      return [];
    }
  });
}

function fieldsBelow({ fieldNodes, fragments }: GraphQLResolveInfo): Set<FieldNode> {
  const fields = new Set<FieldNode>();
  const spread = new Set<string>();
  const add = (set: SelectionSetNode | undefined): void => {
    for (const selection of set?.selections ?? []) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        const { value } = selection.name;
        if (spread.has(value)) continue;
        spread.add(value);
        add(fragments[value]?.selectionSet);
      } else {
        if (selection.kind === Kind.FIELD) fields.add(selection);
        add(selection.selectionSet);
      }
    }
  };
  for (const { selectionSet } of fieldNodes as readonly FieldNode[]) add(selectionSet);
  return fields;
}
