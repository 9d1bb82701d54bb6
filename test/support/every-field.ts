import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLOutputType,
  getNamedType,
  isInterfaceType,
  isLeafType,
  isObjectType,
  isRequiredArgument,
} from 'graphql';
import { schema } from '../../src/schema/index.ts';

/** `Query.logs`. */
export type Coordinate = string;
type Field = GraphQLField<unknown, unknown>;
type Arguments = Readonly<Record<string, unknown>>;

export interface EveryField {
  query: string;
  variables: Record<string, unknown>;
}

interface Walk {
  /** Fields that are not selected. */
  without: ReadonlySet<Coordinate>;
  /** The arguments of a field that has some. */
  argumentsOf: (field: Coordinate) => Arguments;
  /** Receives each field that is selected. */
  selected: (field: Coordinate) => void;
}

/**
 * A document with one field of a root type and, below it, every field that is reachable. A type is not entered again inside
 * itself: only the record is, without what leads on from it.
 */
export function everyFieldBelow(kind: 'query' | 'mutation' | 'subscription', name: string, walk: Walk): EveryField {
  const root = {
    query: schema.getQueryType(),
    mutation: schema.getMutationType(),
    subscription: schema.getSubscriptionType(),
  };
  const variables: Record<string, unknown> = {};
  const declared: string[] = [];

  const argument = ({ name, type }: GraphQLArgument, value: unknown): string => {
    const variable = `v${declared.length}`;
    declared.push(`$${variable}: ${type}`);
    variables[variable] = value;
    return `${name}: $${variable}`;
  };

  const field = (parent: string, { name, args, type }: Field, ancestors: readonly string[]): string => {
    const coordinate = `${parent}.${name}`;
    const below = walk.without.has(coordinate) ? undefined : selection(type, ancestors);
    if (below === undefined) return '';
    walk.selected(coordinate);
    const given = args.length > 0 ? walk.argumentsOf(coordinate) : {};
    const missing = args.find((one) => isRequiredArgument(one) && given[one.name] === undefined);
    if (missing) throw new Error(`${coordinate}: expected a value for ${missing.name}`);
    const written = args.filter((one) => given[one.name] !== undefined).map((one) => argument(one, given[one.name]));
    return `${name}${written.length > 0 ? `(${written.join(', ')})` : ''}${below}`;
  };

  /** Empty for a leaf. Undefined for an object that is not entered. */
  const selection = (output: GraphQLOutputType, ancestors: readonly string[]): string | undefined => {
    const type = getNamedType(output);
    if (isLeafType(type)) return '';
    if (isInterfaceType(type)) {
      const own = Object.values(type.getFields()).map((one) => field(type.name, one, ancestors));
      const each = schema.getPossibleTypes(type).map((one) => `... on ${one.name}${selection(one, ancestors)}`);
      return ` { ${[...own, ...each].join(' ')} }`;
    }
    if (!isObjectType(type)) throw new Error(`expected no union, got ${type}`);
    const times = ancestors.filter((name) => name === type.name).length;
    if (times > (type.name === 'Log' ? 1 : 0)) return undefined;
    const fields = Object.values(type.getFields())
      .filter((one) => times === 0 || leadsNowhere(one))
      .map((one) => field(type.name, one, [...ancestors, type.name]));
    return ` { ${fields.filter((text) => text !== '').join(' ')} }`;
  };

  const type = root[kind]!;
  const text = field(type.name, type.getFields()[name]!, []);
  return { query: `${kind}${declared.length > 0 ? `(${declared.join(', ')})` : ''} { ${text} }`, variables };
}

/** A value, or an object of values. */
function leadsNowhere({ type }: Field): boolean {
  const named = getNamedType(type);
  return (
    isLeafType(named) ||
    (isObjectType(named) && Object.values(named.getFields()).every((one) => isLeafType(getNamedType(one.type))))
  );
}

/** Every field that can be reached without passing through these. */
export function reachableFields(without: ReadonlySet<Coordinate>): Set<Coordinate> {
  const reached = new Set<Coordinate>();
  const entered = new Set<string>();
  const enter = (output: GraphQLOutputType): void => {
    const type = getNamedType(output);
    if (isLeafType(type) || entered.has(type.name)) return;
    entered.add(type.name);
    if (isInterfaceType(type)) for (const one of schema.getPossibleTypes(type)) enter(one);
    for (const one of Object.values((type as GraphQLObjectType).getFields())) {
      const coordinate = `${type.name}.${one.name}`;
      if (without.has(coordinate)) continue;
      reached.add(coordinate);
      enter(one.type);
    }
  };
  for (const root of [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]) enter(root!);
  return reached;
}

export const rootFields = (kind: 'Query' | 'Subscription', without: ReadonlySet<Coordinate>): string[] =>
  Object.keys((schema.getType(kind) as GraphQLObjectType).getFields()).filter(
    (name) => !without.has(`${kind}.${name}`),
  );

/** Whether the schema has this field. */
export function isField(coordinate: Coordinate): boolean {
  const [type, name] = coordinate.split('.') as [string, string];
  const named = schema.getType(type);
  return (isObjectType(named) || isInterfaceType(named)) && Object.hasOwn(named.getFields(), name);
}
