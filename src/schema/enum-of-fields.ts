import type { FieldName } from '../log/fields.ts';

/** The values of an enum that names fields of a record. */
export const enumOfFields = <Name extends string>(
  fields: Readonly<Record<Name, FieldName>>,
  describe: (field: FieldName) => string,
) =>
  Object.fromEntries(
    Object.entries<FieldName>(fields).map(([name, field]) => [name, { description: describe(field) }]),
  ) as Record<Name, { description: string }>;
