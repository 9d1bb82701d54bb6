/** Counts what is active: each entry is counted until it leaves. */
export interface ActiveCount {
  readonly count: number;
  /** @returns leaves; a second call does nothing */
  enter(): () => void;
}

export function createActiveCount(): ActiveCount {
  const active = new Set<symbol>();
  return {
    get count() {
      return active.size;
    },
    enter() {
      const entry = Symbol();
      active.add(entry);
      return () => void active.delete(entry);
    },
  };
}
