/** The values of an enum that names fields of a record. */
export const enumOfFields = <Name extends string, Field extends string>(
  fields: Readonly<Record<Name, Field>>,
  describe: (field: Field) => string,
) =>
  Object.fromEntries(
    Object.entries<Field>(fields).map(([name, field]) => [name, { description: describe(field) }]),
  ) as Record<Name, { description: string }>;
