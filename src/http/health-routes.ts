import type { HealthMonitor } from '../health/monitor.ts';
import type { Route } from './route.ts';

const METHODS = ['GET'];

/** `/healthz`: the process runs. `/readyz`: it can store and read records. */
export const healthRoutes = (health: HealthMonitor, isClosing: () => boolean): Route[] => [
  { path: '/healthz', methods: METHODS, handle: () => new Response('ok\n') },
  { path: '/readyz', methods: METHODS, handle: () => readiness(health, isClosing()) },
];

async function readiness(health: HealthMonitor, isClosing: boolean): Promise<Response> {
  const { status, problems } = await health.read();
  const ready = status !== 'UNHEALTHY' && !isClosing;
  return Response.json({ status, problems, closing: isClosing }, { status: ready ? 200 : 503 });
}
