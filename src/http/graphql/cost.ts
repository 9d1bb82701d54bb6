import {
  type DocumentNode,
  type FieldNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  getArgumentValues,
  getNamedType,
  getNullableType,
  getOperationAST,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  SchemaMetaFieldDef,
  type SelectionNode,
  type SelectionSetNode,
  TypeMetaFieldDef,
  valueFromASTUntyped,
} from 'graphql';
import { QueryTooComplex } from '../../errors.ts';
import type { Filter } from '../../log/filter/filter.ts';
import type { Context } from '../../resolvers/context.ts';
import type { FieldCost } from '../../schema/builder.ts';
import { fragmentsOf } from './document-limits.ts';

/**
 * The highest cost of an operation: the values in its result, and its statements. Half a million values kept one core busy
 * for about a quarter of a second. A page of 1,000 records with all fields costs 30,000, GraphiQL's introspection about 50,000.
 */
export const COST_MAX = 500_000;
/** The cost of one statement, in values. */
export const STATEMENT_COST = 500;
/** The cost of one statement that reads the records of a time range one by one. */
export const ROWS_STATEMENT_COST = 10_000;
/** The assumed length of a list without a declared size: lists of the introspection, and short ones. */
const LIST_SIZE = 10;

/** No resolver accepts a longer list: PAGE_MAX, and the most bars. A `size` of an argument that accepts more would be free. */
const LENGTH_MAX = 1000;

type Field = GraphQLField<unknown, unknown>;
type Variables = Readonly<Record<string, unknown>>;

interface Execution {
  schema: GraphQLSchema;
  document: DocumentNode;
  operationName?: string | null | undefined;
  variableValues?: Variables | null | undefined;
  contextValue?: unknown;
}

/** @throws QueryTooComplex */
export function checkCost(execution: Execution): void {
  const cost = costOf(execution);
  if (cost > COST_MAX) {
    throw new QueryTooComplex(
      `expected a cost of at most ${COST_MAX}, got ${cost}: ask for shorter lists or fewer fields`,
    );
  }
}

/**
 * The most values that a valid operation can return, plus its statements. A list counts with the length that its arguments
 * allow. `@skip` and `@include` are ignored, so all fields count. The cost of each fragment is computed once.
 */
export function costOf({ schema, document, operationName, variableValues, contextValue }: Execution): number {
  const operation = getOperationAST(document, operationName);
  if (!operation) return 0;
  const variables = withDefaults(operation, variableValues ?? {});
  const fragments = fragmentsOf(document);
  const scope = scopeOf(contextValue);
  const known = new Map<string, number>();

  const ofSelections = ({ selections }: SelectionSetNode, within: Within): number =>
    selections.reduce((sum, selection) => sum + ofSelection(selection, within), 0);

  const ofSelection = (selection: SelectionNode, within: Within): number => {
    if (selection.kind === Kind.FIELD) return ofField(selection, within);
    if (selection.kind === Kind.FRAGMENT_SPREAD) return ofFragment(selection.name.value, within);
    const type = selection.typeCondition ? schema.getType(selection.typeCondition.name.value) : within.type;
    return ofSelections(selection.selectionSet, { ...within, type });
  };

  const ofFragment = (name: string, { page, countsRows }: Within): number => {
    const fragment = fragments.get(name);
    const key = `${page} ${countsRows()} ${name}`;
    if (!known.has(key) && fragment) {
      known.set(key, 0);
      const type = schema.getType(fragment.typeCondition.name.value);
      known.set(key, ofSelections(fragment.selectionSet, { type, page, countsRows }));
    }
    return known.get(key) ?? 0;
  };

  const ofField = (node: FieldNode, within: Within): number => {
    const field = fieldOf(schema, within.type, node.name.value);
    if (!field) return 1;
    const cost = (field.extensions.cost ?? {}) as FieldCost;
    const needsArgs = cost.page || cost.countsRows || typeof cost.size === 'function';
    const args = needsArgs ? argumentsOf(field, node, variables) : {};
    const page = cost.page ? lengthOf(cost.page(args)) : 1;
    const type = getNamedType(field.type);
    const countsRows = cost.countsRows ? once(() => cost.countsRows!(args, scope)) : no;
    const inner = node.selectionSet ? ofSelections(node.selectionSet, { type, page, countsRows }) : 0;
    const isCostly = cost.reads === 'rows' || (cost.reads === 'counts' && (within.countsRows() || countsRows()));
    return (
      (cost.statements ?? 0) * (isCostly ? ROWS_STATEMENT_COST : STATEMENT_COST) +
      itemsOf(field, cost, args, within) * (1 + inner)
    );
  };

  const type = schema.getRootType(operation.operation) ?? undefined;
  return ofSelections(operation.selectionSet, { type, page: 1, countsRows: no });
}

/**
 * The type that a selection belongs to, the number of items on the page around it, and whether its counts read records one by
 * one. The last is found only when a count is selected: it parses the filter.
 */
interface Within {
  type: GraphQLNamedType | undefined;
  page: number;
  countsRows: () => boolean;
}

const no = (): boolean => false;

const scopeOf = (context: unknown): Filter | null => (context as Context | undefined)?.caller.scope ?? null;

function once(find: () => boolean): () => boolean {
  let found: boolean | undefined;
  return () => (found ??= find());
}

function itemsOf(field: Field, { size }: FieldCost, args: Record<string, unknown>, { page }: Within): number {
  if (size === undefined) return isListType(getNullableType(field.type)) ? LIST_SIZE : 1;
  if (size === 'page') return page;
  return typeof size === 'number' ? size : lengthOf(size(args));
}

/**
 * An argument that is not a valid length is rejected later, by the resolver of the field. A list that is too long therefore
 * counts as empty: the client shall learn its longest length, and not the cost.
 */
function lengthOf(value: unknown): number {
  const length = Number(value);
  if (length > LENGTH_MAX) return 0;
  return Number.isFinite(length) ? Math.max(1, length) : 1;
}

function fieldOf(schema: GraphQLSchema, parent: GraphQLNamedType | undefined, name: string) {
  if (name === SchemaMetaFieldDef.name && parent === schema.getQueryType()) return SchemaMetaFieldDef;
  if (name === TypeMetaFieldDef.name && parent === schema.getQueryType()) return TypeMetaFieldDef;
  if (!isObjectType(parent) && !isInterfaceType(parent)) return undefined;
  return parent.getFields()[name];
}

/** Invalid arguments count as none, because the field is then never resolved. */
function argumentsOf(field: Field, node: FieldNode, variables: Variables): Record<string, unknown> {
  try {
    return getArgumentValues(field, node, variables);
  } catch {
    return {};
  }
}

/** The variables that the client sent, and the defaults of the others. */
function withDefaults(operation: OperationDefinitionNode, sent: Variables): Variables {
  const defaults = (operation.variableDefinitions ?? []).flatMap(({ variable, defaultValue }) =>
    defaultValue ? [[variable.name.value, valueFromASTUntyped(defaultValue)]] : [],
  );
  return { ...Object.fromEntries(defaults), ...sent };
}
