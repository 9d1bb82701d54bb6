import type { GraphQLFieldResolver, GraphQLObjectType, GraphQLSchema } from 'graphql';
import { FIELD_NEEDS, type Need, requireRight } from '../access/rights.ts';
import type { Context } from '../resolvers/context.ts';

type Resolver = GraphQLFieldResolver<unknown, Context>;

/**
 * Lets every field of the root types, and every other field of the table, check the caller's rights before it does anything. So
 * the check is the same over HTTP, websocket and event stream, and whatever alias or fragment a document uses.
 */
export function withRights(schema: GraphQLSchema): GraphQLSchema {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  for (const type of roots) {
    for (const name of Object.keys(type!.getFields())) {
      if (FIELD_NEEDS[`${type!.name}.${name}`] === undefined) {
        throw new Error(`${type!.name}.${name}: expected an entry in the table of src/access/rights.ts, got none`);
      }
    }
  }
  for (const [name, need] of Object.entries(FIELD_NEEDS)) guard(schema, name, need);
  return schema;
}

function guard(schema: GraphQLSchema, name: string, need: Need): void {
  const [typeName = '', fieldName = ''] = name.split('.');
  const type = schema.getType(typeName) as GraphQLObjectType | undefined;
  const field = type?.getFields()[fieldName];
  if (!field) throw new Error(`src/access/rights.ts: expected a field of the schema, got ${name}`);
  const step = type === schema.getSubscriptionType() ? 'subscribe' : 'resolve';
  const inner = field[step] as Resolver;
  const checked: Resolver = (source, args, context, info) => {
    requireRight(context.caller, need, name);
    return inner(source, args, context, info);
  };
  field[step] = checked;
}
