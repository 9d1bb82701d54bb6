import type { Standing } from './alert-text.ts';

/** How an alert stands, in a word. */
export const AlertBadge = ({ standing }: { standing: Standing }) => (
  <span class={`alert-badge ${standing}`}>{standing === 'ok' ? 'OK' : standing}</span>
);
