import {
  type DefinitionNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  type SelectionSetNode,
  visit,
} from 'graphql';
import { QueryTooComplex } from '../../errors.ts';

/**
 * The limits of a document. They bound the work before its fields are resolved: parsing, validation (which compares fields of
 * the same name pair by pair), and computing the cost.
 */
export const LIMITS = {
  characters: 128 * 1024,
  tokens: 20_000,
  /** Fields and fragment spreads in the text. */
  selections: 1000,
  aliases: 200,
  directives: 200,
  /** Levels of nested fields, through fragments. GraphiQL's introspection has 14. */
  depth: 20,
} as const;

/** @throws QueryTooComplex */
export function checkDocument(document: DocumentNode): void {
  const found = { selections: 0, aliases: 0, directives: 0 };
  visit(document, {
    Field(node) {
      found.selections++;
      if (node.alias) found.aliases++;
    },
    FragmentSpread() {
      found.selections++;
    },
    Directive() {
      found.directives++;
    },
  });
  for (const [what, count] of Object.entries(found)) expectAtMost(what as keyof typeof found, count);
  expectAtMost('depth', depthOf(document));
}

function expectAtMost(what: keyof typeof LIMITS, count: number): void {
  if (count <= LIMITS[what]) return;
  const shown = what === 'depth' ? `fields at most ${LIMITS.depth} levels deep` : `at most ${LIMITS[what]} ${what}`;
  throw new QueryTooComplex(`expected ${shown} in a document, got ${count}`);
}

/** The depth of the deepest operation. A fragment that contains itself adds nothing here: validation rejects it. */
function depthOf(document: DocumentNode): number {
  const fragments = fragmentsOf(document);
  const known = new Map<string, number>();

  const ofFragment = (name: string): number => {
    const depth = known.get(name);
    if (depth !== undefined) return depth;
    known.set(name, 0);
    const fragment = fragments.get(name);
    const found = fragment ? ofSelections(fragment.selectionSet) : 0;
    known.set(name, found);
    return found;
  };
  const ofSelections = ({ selections }: SelectionSetNode): number => {
    let deepest = 0;
    for (const selection of selections) {
      const depth =
        selection.kind === Kind.FRAGMENT_SPREAD
          ? ofFragment(selection.name.value)
          : (selection.selectionSet ? ofSelections(selection.selectionSet) : 0) +
            (selection.kind === Kind.FIELD ? 1 : 0);
      deepest = Math.max(deepest, depth);
    }
    return deepest;
  };
  return Math.max(
    0,
    ...document.definitions.map((node) => (hasSelections(node) ? ofSelections(node.selectionSet) : 0)),
  );
}

const hasSelections = (node: DefinitionNode): node is DefinitionNode & { selectionSet: SelectionSetNode } =>
  'selectionSet' in node;

export const fragmentsOf = (document: DocumentNode): Map<string, FragmentDefinitionNode> =>
  new Map(
    document.definitions.flatMap((node) => (node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node]] : [])),
  );
