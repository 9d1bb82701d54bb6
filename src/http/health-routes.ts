import type { HealthMonitor } from '../health/monitor.ts';
import type { Route } from './route.ts';

const METHODS = ['GET'];

/**
 * `/healthz`: the process runs. `/readyz`: it can store and read records. Both are open to clients without a key. `isBrief`: where
 * keys are required, the second says only whether it is ready.
 */
export const healthRoutes = (health: HealthMonitor, isClosing: () => boolean, isBrief: boolean): Route[] => [
  { path: '/healthz', methods: METHODS, handle: () => new Response('ok\n') },
  { path: '/readyz', methods: METHODS, handle: () => readiness(health, isClosing(), isBrief) },
];

async function readiness(health: HealthMonitor, isClosing: boolean, isBrief: boolean): Promise<Response> {
  const { status, problems } = await health.read();
  const ready = status !== 'UNHEALTHY' && !isClosing;
  return Response.json(isBrief ? { ready } : { status, problems, closing: isClosing }, { status: ready ? 200 : 503 });
}
