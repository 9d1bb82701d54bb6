import { computed } from '@preact/signals';
import type { ComponentType } from 'preact';
import { lazy } from './parts/lazy.tsx';
import { urlValue } from './state/url.ts';
import { hasScope, may, type Right } from './state/viewer.ts';
import { FiringCount } from './views/alerts/firing-count.tsx';
import ChainView from './views/chain/chain-view.tsx';
import ErrorsView from './views/errors/errors-view.tsx';
import HealthView from './views/health/health-view.tsx';
import RecordsView from './views/records/records-view.tsx';
import RunsView from './views/runs/runs-view.tsx';

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
  /** Beside the title in the bar. */
  note?: ComponentType;
  component: ComponentType;
}

/** The first one is shown where the URL names none. */
export const VIEWS: readonly View[] = [
  {
    name: 'records',
    title: 'Records',
    key: 'l',
    needs: 'READ',
    component: RecordsView,
  },
  {
    name: 'errors',
    title: 'Errors',
    key: 'e',
    needs: 'READ',
    component: ErrorsView,
  },
  {
    name: 'patterns',
    title: 'Patterns',
    key: 'p',
    needs: 'READ',
    component: lazy(() => import('./views/patterns/patterns-view.tsx')),
  },
  {
    name: 'chain',
    title: 'Chain',
    key: 'c',
    needs: 'READ',
    inBar: false,
    component: ChainView,
  },
  {
    name: 'runs',
    title: 'Runs',
    key: 'r',
    needs: 'READ',
    component: RunsView,
  },
  {
    name: 'calls',
    title: 'Model calls',
    key: 'm',
    needs: 'READ',
    component: lazy(() => import('./views/calls/calls-view.tsx')),
  },
  {
    name: 'alerts',
    title: 'Alerts',
    key: 'a',
    needs: 'READ',
    ofAllRecords: true,
    note: FiringCount,
    component: lazy(() => import('./views/alerts/alerts-view.tsx')),
  },
  {
    name: 'health',
    title: 'Health',
    key: 'h',
    needs: 'READ',
    ofAllRecords: true,
    component: HealthView,
  },
  {
    name: 'keys',
    title: 'Keys',
    key: 'k',
    needs: 'ADMIN',
    component: lazy(() => import('./views/keys/keys-view.tsx')),
  },
];

const name = urlValue('view');
export const view = computed<View>(() => VIEWS.find((known) => known.name === name.value) ?? VIEWS[0]!);

/** Whether the viewer may see what it shows. */
export const isOpenToViewer = ({ needs, ofAllRecords = false }: View): boolean =>
  may(needs) && !(ofAllRecords && hasScope());
