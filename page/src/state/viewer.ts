import { signal } from '@preact/signals';
import { ask } from '../api/ask.ts';
import { ViewerDocument, type ViewerQuery } from '../api/documents.ts';

export type Viewer = ViewerQuery['viewer'];
export type Right = Viewer['rights'][number];

/** Who looks at this page. Null until the server has said it. */
export const viewer = signal<Viewer | null>(null);

/** Asks who is signed in: at the start, and after a sign-in or sign-out. */
export async function loadViewer(): Promise<void> {
  try {
    viewer.value = (await ask(ViewerDocument, {})).data.viewer;
  } catch {
    // What is asked beside it shows the error.
  }
}

/** Whether the viewer has this right. Before the server has said it, what most viewers have. */
export const may = (right: Right): boolean =>
  viewer.value === null
    ? right === 'READ'
    : viewer.value.rights.includes('ADMIN') || viewer.value.rights.includes(right);

/** Whether the viewer sees some of the records only. */
export const hasScope = (): boolean => viewer.value?.scope != null;
