import { writeFileSync } from 'node:fs';
import { printSchema } from 'graphql';
import { schema } from './index.ts';

/** The schema as `schema.graphql` at the project's root holds it. */
export const printedSchema = (): string => `${printSchema(schema)}\n`;

if (import.meta.main) writeFileSync(new URL('../../schema.graphql', import.meta.url), printedSchema());
