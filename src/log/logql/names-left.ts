import type { Stage } from './syntax.ts';

/** Whether `drop` and `keep` leave the label of a name. */
export function namesLeft(stages: readonly Stage[]): (name: string) => boolean {
  const dropped = new Set<string>();
  let kept: Set<string> | undefined;
  for (const stage of stages) {
    if (stage.kind === 'drop') for (const name of stage.names) dropped.add(name);
    else if (stage.kind === 'keep') {
      const before = kept;
      kept = new Set(stage.names.filter((name) => before?.has(name) ?? true));
    }
  }
  return (name) => !dropped.has(name) && (kept?.has(name) ?? true);
}
