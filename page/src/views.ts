import { computed } from '@preact/signals';
import type { ComponentType } from 'preact';
import { urlValue } from './state/url.ts';
import { hasScope, may, type Right } from './state/viewer.ts';

export interface View {
  /** In the URL: `?view=runs`. */
  name: string;
  title: string;
  /** The key after `g` that opens it. */
  key: string;
  /** Whom it is shown to. */
  needs: Right;
  /** False: the bar at the top does not list it. */
  inBar?: boolean;
  /** Not for a key with a scope. */
  ofAllRecords?: boolean;
  load: () => Promise<{ default: ComponentType }>;
}

/** Each is loaded when it is first opened. The first one is shown where the URL names none. */
export const VIEWS: readonly View[] = [
  {
    name: 'records',
    title: 'Records',
    key: 'l',
    needs: 'READ',
    load: () => import('./views/records/records-view.tsx'),
  },
  {
    name: 'errors',
    title: 'Errors',
    key: 'e',
    needs: 'READ',
    load: () => import('./views/errors/errors-view.tsx'),
  },
  {
    name: 'chain',
    title: 'Chain',
    key: 'c',
    needs: 'READ',
    inBar: false,
    load: () => import('./views/chain/chain-view.tsx'),
  },
  {
    name: 'runs',
    title: 'Runs',
    key: 'r',
    needs: 'READ',
    load: () => import('./views/runs/runs-view.tsx'),
  },
  {
    name: 'calls',
    title: 'Model calls',
    key: 'm',
    needs: 'READ',
    load: () => import('./views/calls/calls-view.tsx'),
  },
  {
    name: 'health',
    title: 'Health',
    key: 'h',
    needs: 'READ',
    ofAllRecords: true,
    load: () => import('./views/health/health-view.tsx'),
  },
  {
    name: 'keys',
    title: 'Keys',
    key: 'k',
    needs: 'ADMIN',
    load: () => import('./views/keys/keys-view.tsx'),
  },
];

const name = urlValue('view');
export const view = computed<View>(() => VIEWS.find((known) => known.name === name.value) ?? VIEWS[0]!);

/** Whether the viewer may see what it shows. */
export const isOpenToViewer = ({ needs, ofAllRecords = false }: View): boolean =>
  may(needs) && !(ofAllRecords && hasScope());
