import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseAst } from 'vitest/node';

export interface FoundPattern {
  file: string;
  pattern: RegExp;
}

/** What is read of a node of the syntax tree. */
interface SyntaxNode {
  type?: string;
  /** Of a regular expression's literal. */
  regex?: { pattern: string; flags: string };
  callee?: { name?: string };
}

/**
 * Every different regular expression of the files: the literals from the text of the sources, and what `new RegExp` makes while the
 * modules load and `use` runs.
 * @throws Error a source has a `new RegExp` that made nothing
 */
export async function patternsOfSources(globs: readonly string[], use: () => Promise<void>): Promise<FoundPattern[]> {
  const files = globs.flatMap((glob) => globSync(glob)).sort();
  const found: FoundPattern[] = [];
  const constructing = new Set<string>();
  const made = new Set<string>();
  for (const file of files) {
    const visit = (node: unknown): void => {
      if (typeof node !== 'object' || node === null) return;
      const { type, regex, callee } = node as SyntaxNode;
      if (regex) found.push({ file, pattern: new RegExp(regex.pattern, regex.flags) });
      if (type === 'NewExpression' && callee?.name === 'RegExp') constructing.add(file);
      Object.values(node).forEach(visit);
    };
    visit(parseAst(readFileSync(file, 'utf8'), { lang: 'ts' }));
  }

  const Native = RegExp;
  globalThis.RegExp = class extends Native {
    constructor(source: string | RegExp, flags?: string) {
      super(source, flags);
      const caller = new Error().stack ?? '';
      const file = firstIn(caller, files);
      if (file === undefined) return;
      made.add(file);
      found.push({ file, pattern: new Native(source, flags) });
    }
  } as RegExpConstructor;
  try {
    for (const file of files) await import(resolve(file));
    await use();
  } finally {
    globalThis.RegExp = Native;
  }
  const unused = [...constructing].filter((file) => !made.has(file));
  if (unused.length > 0)
    throw new Error(`expected patterns from the \`new RegExp\` of ${unused}: call them in \`use\``);
  return [...new Map(found.map((one) => [String(one.pattern), one])).values()];
}

/** The file whose line of the stack stands highest: those below import it. */
const firstIn = (stack: string, files: readonly string[]): string | undefined =>
  files
    .map((name) => ({ name, at: stack.indexOf(resolve(name)) }))
    .filter(({ at }) => at >= 0)
    .sort((a, b) => a.at - b.at)[0]?.name;
