import { writeFileSync } from 'node:fs';
import { printSchema } from 'graphql';
import { schema } from './index.ts';

/** The text of `schema.graphql`. */
export const printedSchema = (): string => `${printSchema(schema)}\n`;

if (import.meta.main) writeFileSync(new URL('../../schema.graphql', import.meta.url), printedSchema());
