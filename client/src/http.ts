export { noteError } from './http/exchange.ts';
export { type ExpressRequestLog, expressRequestLog } from './http/express.ts';
export { fastifyRequestLog } from './http/fastify.ts';
export { contextHeaders, fetchWithContext } from './http/fetch-with-context.ts';
export { honoRequestLog } from './http/hono.ts';
export { koaRequestLog } from './http/koa.ts';
export { type NodeRequestLogOptions, nodeRequestLog } from './http/node.ts';
export type { RequestLogOptions } from './http/request-log.ts';
export { type YogaRequestLog, yogaRequestLog } from './http/yoga.ts';
