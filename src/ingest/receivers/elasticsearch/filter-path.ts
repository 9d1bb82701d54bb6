import { isJsonObject } from '../../../log/json.ts';

/** Of one request; Beats send seven. */
const PATHS_MAX = 20;

/**
 * The part of a response that a client asks for by `filter_path`: `errors,items.*.error`. `*` stands for any key; lists are looked
 * through. For other forms that Elasticsearch has (`**`, `err*`, `-took`), and for too many paths, the response is whole.
 */
export function filtered(body: unknown, filterPath: string | null): unknown {
  if (filterPath === null || !PATHS.test(filterPath)) return body;
  const paths = filterPath.split(',').map((path) => path.split('.'));
  return paths.length > PATHS_MAX ? body : (pick(body, paths) ?? {});
}

const PATH = String.raw`(\w+|\*)(\.(\w+|\*))*`;
const PATHS = new RegExp(`^${PATH}(,${PATH})*$`);

/** Undefined: nothing of the value is asked for. */
function pick(value: unknown, paths: readonly string[][]): unknown {
  if (paths.some((path) => path.length === 0)) return value;
  if (Array.isArray(value)) {
    const picked = value.map((item) => pick(item, paths)).filter((item) => item !== undefined);
    return picked.length > 0 ? picked : undefined;
  }
  if (!isJsonObject(value)) return undefined;
  const picked: Record<string, unknown> = {};
  let isEmpty = true;
  for (const [key, inner] of Object.entries(value)) {
    const inside = paths.filter(([step]) => step === '*' || step === key).map((path) => path.slice(1));
    const kept = inside.length > 0 ? pick(inner, inside) : undefined;
    if (kept === undefined) continue;
    picked[key] = kept;
    isEmpty = false;
  }
  return isEmpty ? undefined : picked;
}
