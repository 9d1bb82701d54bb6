import {
  CONTENT_NAMES,
  LLM_NAMES,
  LLM_NAMES_BESIDE,
  LLM_NAMES_INSIDE,
  type LlmNames,
  type LlmSlot,
  PARAMETER_NAMES,
  PARAMETERS,
  PARAMETERS_BELOW,
} from '../log/llm-sender-names.ts';
import { type LlmReader, llmReader } from './llm-values.ts';

/** What a name means. If two names mean the same field, the lower rank wins, and the other value stays in the attributes. */
export interface Known {
  slot: LlmSlot;
  read: LlmReader;
  rank: number;
  added: boolean;
  kept: boolean;
  weak: boolean;
}

/** The meanings of full names, and the names of objects that may have one of them inside. */
export interface Names {
  known: Map<string, Known[]>;
  inside: Set<string>;
}

/** Names that tell of a call. */
export const PREFIXED: Names = { known: new Map(), inside: new Set() };
/** Names that count beside one of those. */
export const BESIDE: Names = { known: new Map(), inside: new Set() };

const BESIDE_TABLE = LLM_NAMES_BESIDE.map(withCamel);
const inObject = (row: LlmNames): LlmNames => ({ ...row, names: row.names.replaceAll(/\S+/g, 'llm.$&') });

[...LLM_NAMES, ...LLM_NAMES_INSIDE.map(withCamel).map(inObject), ...BESIDE_TABLE.map(inObject)].forEach((row, rank) => {
  enter(PREFIXED, row, rank);
});
// After all names of the first table.
BESIDE_TABLE.forEach((row, index) => {
  enter(BESIDE, row, 1000 + index);
});
for (const path of [...PARAMETERS, ...PARAMETER_NAMES, ...PARAMETERS_BELOW, ...Object.keys(CONTENT_NAMES)]) {
  enterInside(PREFIXED, path);
}

function withCamel(row: LlmNames): LlmNames {
  const camel = row.names.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return { ...row, names: [...new Set(`${row.names} ${camel}`.split(' '))].join(' ') };
}

/** The names of a row rank in their order. */
function enter(index: Names, { slot, as, added, kept, weak, names }: LlmNames, rank: number): void {
  const list = names.split(' ');
  for (const [at, name] of list.entries()) {
    const meanings = index.known.get(name) ?? [];
    const read = llmReader({ slot, ...(as && { as }) });
    meanings.push({
      slot,
      read,
      rank: rank + at / list.length,
      added: added === true,
      kept: kept === true,
      weak: weak === true,
    });
    index.known.set(name, meanings);
    enterInside(index, name);
  }
}

function enterInside({ inside }: Names, path: string): void {
  for (let end = path.indexOf('.'); end > 0; end = path.indexOf('.', end + 1)) inside.add(path.slice(0, end));
}
