/** A GraphQL operation, as the record of its request tells of it. */
export interface OperationFields {
  operation?: string;
  type?: string;
  errors?: number;
}

const NAME_CHARS_MAX = 256;

/** `document` is a parsed one. */
export function operationFields(document: unknown, operationName: string | null | undefined): OperationFields {
  const { definitions = [] } = document as { definitions?: readonly Definition[] };
  const operations = definitions.filter(({ kind }) => kind === 'OperationDefinition');
  const asked = operations.find(({ name }) => name?.value === operationName) ?? operations[0];
  const fields: OperationFields = {};
  if (asked?.name) fields.operation = asked.name.value.slice(0, NAME_CHARS_MAX);
  if (asked?.operation) fields.type = asked.operation;
  return fields;
}

interface Definition {
  kind: string;
  operation?: string;
  name?: { value: string };
}

/** The first error of a result that the application did not throw for its client to see. */
export function unexpectedError(result: unknown): unknown {
  for (const error of errorsOf(result)) {
    const original = (error as { originalError?: unknown }).originalError ?? error;
    if ((original as Error)?.name !== 'GraphQLError') return original;
  }
  return undefined;
}

/** A stream of results has no errors of its own. */
export function errorsOf(result: unknown): readonly unknown[] {
  const { errors } = (result ?? {}) as { errors?: unknown };
  return Array.isArray(errors) ? errors : [];
}
