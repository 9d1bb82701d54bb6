/**
 * Makes `page/src/api/documents.ts` from `schema.graphql` and the operations in `page/src`: each `*.graphql` file there gives typed
 * documents. A change of the schema that an operation does not fit fails here, or at the type check of the page.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { codegen } from '@graphql-codegen/core';
import * as typedDocuments from '@graphql-codegen/typed-document-node';
import * as operations from '@graphql-codegen/typescript-operations';
import { buildSchema, type DocumentNode, parse } from 'graphql';

const root = join(import.meta.dirname, '..');
const source = join(root, 'page/src');
const FILE = join(source, 'api/documents.ts');

/** A value as JSON has it. Scalars of the API are texts, but for numbers and JSON. */
const SCALARS = {
  DateTime: 'string',
  Duration: 'string',
  SafeInt: 'number',
  TailCursor: 'string',
  JSON: 'Json',
  ID: 'string',
};
const HEAD = `/* Made by scripts/page-documents.ts: change the *.graphql files, not this one. */
import type { Json } from './json.ts';
`;

export async function writeDocuments(): Promise<void> {
  const schemaText = readFileSync(join(root, 'schema.graphql'), 'utf8');
  const schemaAst = buildSchema(schemaText);
  const documents = globSync('**/*.graphql', { cwd: source })
    .toSorted()
    .map((file) => ({ location: relative(root, join(source, file)), document: read(join(source, file)) }));
  const text = await codegen({
    filename: FILE,
    schema: parse(schemaText),
    schemaAst,
    documents,
    config: {
      scalars: SCALARS,
      documentMode: 'string',
      useTypeImports: true,
      enumsAsTypes: true,
      enumType: 'string-literal',
      dedupeFragments: true,
      skipTypename: true,
      pureMagicComment: true,
      defaultScalarType: 'unknown',
    },
    plugins: [{ operations: {} }, { typedDocuments: {} }],
    pluginMap: { operations, typedDocuments },
  });
  writeFileSync(
    FILE,
    HEAD + text.replaceAll(/TypedDocumentString\(`[^`]*`/g, (document) => document.replaceAll(/\s+/g, ' ')),
  );
}

const read = (path: string): DocumentNode => parse(readFileSync(path, 'utf8'));

if (import.meta.main) await writeDocuments();
