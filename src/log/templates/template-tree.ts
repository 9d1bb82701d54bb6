import { WILDCARD } from './mask.ts';
import type { MaskedLine } from './masked-line.ts';
import { generalize, type Template, templateOf } from './template.ts';

/** Levels of the tree: the number of tokens, then so many first tokens. The paper calls this depth 4. */
const TOKEN_LEVELS = 2;
/** Children of a node of first tokens. Further tokens share one child. */
const CHILDREN_MAX = 100;
/** The share of tokens that must be equal. */
const SIMILARITY_MIN = 0.7;
/** Templates of a leaf. A line that is similar to none of so many joins the most similar one: each line is compared with all. */
const TEMPLATES_OF_LEAF_MAX = 50;

interface Node {
  children: Map<string, Node>;
  /** Of a leaf. */
  templates: Template[];
}

/**
 * Sorts masked lines into templates: the tree of Drain. A line makes its template more general, so the order of lines matters.
 * Source: P. He, J. Zhu, Z. Zheng, M. R. Lyu: Drain, an online log parsing approach with fixed depth tree. ICWS 2017.
 */
export class TemplateTree {
  readonly #root = newNode();

  /** The template of a line: a new one if none is similar. */
  add(line: MaskedLine): Template {
    const { templates } = this.#leafOf(line, true)!;
    const { best, similarity } = mostSimilar(templates, line);
    if (best && (similarity >= SIMILARITY_MIN || templates.length >= TEMPLATES_OF_LEAF_MAX)) {
      generalize(best, line);
      return best;
    }
    const template = templateOf(line);
    templates.push(template);
    return template;
  }

  /** The template that covers a line, or is similar to it. It changes nothing. */
  find(line: MaskedLine): Template | undefined {
    const templates = this.#leafOf(line, false)?.templates ?? [];
    const covering = templates.filter((template) => covers(template, line));
    if (covering.length > 0) return covering.reduce((a, b) => (wildcardsOf(b) < wildcardsOf(a) ? b : a));
    const { best, similarity } = mostSimilar(templates, line);
    return similarity >= SIMILARITY_MIN ? best : undefined;
  }

  #leafOf({ tokens }: MaskedLine, isMade: boolean): Node | undefined {
    let node = childOf(this.#root, String(tokens.length), Number.POSITIVE_INFINITY, isMade);
    for (const token of tokens.slice(0, TOKEN_LEVELS)) {
      if (!node) return undefined;
      node = childOf(node, isVariable(token) ? WILDCARD : token, CHILDREN_MAX, isMade);
    }
    return node;
  }
}

const newNode = (): Node => ({ children: new Map(), templates: [] });

function childOf({ children }: Node, token: string, max: number, isMade: boolean): Node | undefined {
  const known = children.get(token);
  if (known || !isMade) return known ?? children.get(WILDCARD);
  // The last place is that of the wildcard.
  const key = children.size < max - 1 ? token : WILDCARD;
  const child = children.get(key) ?? newNode();
  children.set(key, child);
  return child;
}

const isVariable = (token: string): boolean => token.includes(WILDCARD) || /\d/.test(token);

interface Similar {
  best: Template | undefined;
  similarity: number;
}

/** Of equally similar templates the most general one, then the oldest. */
function mostSimilar(templates: readonly Template[], line: MaskedLine): Similar {
  let [best, most, wildcards]: [Template | undefined, number, number] = [undefined, -1, -1];
  for (const template of templates) {
    const [equal, general] = [equalTokens(template, line), wildcardsOf(template)];
    if (equal < most || (equal === most && general <= wildcards)) continue;
    [best, most, wildcards] = [template, equal, general];
  }
  return { best, similarity: most / line.tokens.length };
}

/** A wildcard is equal only to a token that is masked. */
function equalTokens({ tokens }: Template, line: MaskedLine): number {
  let count = 0;
  for (let i = 0; i < tokens.length; i++) if (tokens[i] === line.tokens[i]) count++;
  return count;
}

const covers = ({ tokens }: Template, line: MaskedLine): boolean =>
  tokens.every((token, i) => token === WILDCARD || token === line.tokens[i]);

function wildcardsOf({ tokens }: Template): number {
  let count = 0;
  for (const token of tokens) if (token === WILDCARD) count++;
  return count;
}
