/** How many are within, whichever way each leaves. */
export interface Headcount {
  readonly count: number;
  /** @returns how to leave; doing so again does nothing */
  enter(): () => void;
}

export function createHeadcount(): Headcount {
  const within = new Set<symbol>();
  return {
    get count() {
      return within.size;
    },
    enter() {
      const one = Symbol();
      within.add(one);
      return () => void within.delete(one);
    },
  };
}
