import {
  type DocumentNode,
  type FieldNode,
  type GraphQLEnumType,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLScalarType,
  type GraphQLSchema,
  getNullableType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';

/** What the result of a query looks like: the fields that it selects, with their types in the schema. */
export type Shape = { nullable: boolean } & (
  | { kind: 'object'; fields: readonly ShapeField[] }
  | { kind: 'list'; of: Shape }
  | { kind: 'leaf'; type: GraphQLScalarType | GraphQLEnumType }
);

export interface ShapeField {
  name: string;
  shape: Shape;
  description: string;
  /** A directive may leave it out. */
  isOptional: boolean;
}

export type ObjectShape = Extract<Shape, { kind: 'object' }>;

/** The one operation of a document. */
export const operationOf = (document: DocumentNode): OperationDefinitionNode =>
  document.definitions.find((node) => node.kind === Kind.OPERATION_DEFINITION)!;

/** The shape of the data of a query, which must be valid. */
export const shapeOf = (schema: GraphQLSchema, operation: OperationDefinitionNode): ObjectShape => ({
  kind: 'object',
  nullable: false,
  fields: fieldsOf(schema.getQueryType()!, operation.selectionSet, false),
});

function fieldsOf(type: GraphQLObjectType, { selections }: SelectionSetNode, isOptional: boolean): ShapeField[] {
  return selections.flatMap((selection): ShapeField[] => {
    const mayLack = isOptional || (selection.directives?.length ?? 0) > 0;
    if (selection.kind === Kind.INLINE_FRAGMENT) return fieldsOf(type, selection.selectionSet, mayLack);
    if (selection.kind === Kind.FRAGMENT_SPREAD) throw new Error('a query of a tool has no named fragments');
    return [fieldOf(type.getFields()[selection.name.value]!, selection, mayLack)];
  });
}

const fieldOf = (field: GraphQLField<unknown, unknown>, node: FieldNode, isOptional: boolean): ShapeField => ({
  name: node.alias?.value ?? node.name.value,
  shape: shapeOfType(field.type, node.selectionSet),
  description: field.description ?? '',
  isOptional,
});

function shapeOfType(type: GraphQLOutputType, selectionSet: SelectionSetNode | undefined): Shape {
  const inner = getNullableType(type);
  const nullable = !isNonNullType(type);
  if (isListType(inner)) return { kind: 'list', nullable, of: shapeOfType(inner.ofType, selectionSet) };
  if (isObjectType(inner)) return { kind: 'object', nullable, fields: fieldsOf(inner, selectionSet!, false) };
  return { kind: 'leaf', nullable, type: inner as GraphQLScalarType | GraphQLEnumType };
}
