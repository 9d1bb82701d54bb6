import type { Json } from '../api/json.ts';

/** Deeper values are searched with `text:`. */
const DEPTH_MAX = 4;
/** Of one record: more are no names, they are data. */
const PATHS_MAX = 200;

/** The paths of the values in the attributes of a record: those of objects go to their values, a list is a value. */
export function attributePaths(attributes: Json): string[][] {
  const paths: string[][] = [];
  const walk = (value: Json, path: string[]): void => {
    if (paths.length === PATHS_MAX) return;
    if (path.length === DEPTH_MAX || value === null || typeof value !== 'object' || Array.isArray(value)) {
      if (path.length > 0 && value !== null) paths.push(path);
      return;
    }
    for (const key in value) {
      if (paths.length === PATHS_MAX) return;
      walk(value[key]!, [...path, key]);
    }
  };
  walk(attributes, []);
  return paths;
}
