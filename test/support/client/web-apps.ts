import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type HttpBindings, serve } from '@hono/node-server';
import express, { type Request } from 'express';
import Fastify from 'fastify';
import { createGraphQLError, createSchema, createYoga } from 'graphql-yoga';
import { Hono } from 'hono';
import Koa from 'koa';
import {
  expressRequestLog,
  fastifyRequestLog,
  honoRequestLog,
  koaRequestLog,
  nodeRequestLog,
  noteError,
  type RequestLogOptions,
  yogaRequestLog,
} from '../../../client/src/http.ts';
import type { Lines } from './lines.ts';

type Options = Omit<RequestLogOptions<never>, 'log' | 'userId'>;
export interface WebApp extends AsyncDisposable {
  url: string;
}
export type StartApp = (lines: Lines, options?: Options) => Promise<WebApp>;

const FAILURE = () => new RangeError('no such page');
const later = () => new Promise((resolve) => setImmediate(resolve));

/** A server that listens, on a free port where it does not yet. */
export async function listening(server: Server): Promise<WebApp> {
  if (!server.listening) await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/**
 * The same application in each framework: `GET /orders/:id` and `POST /orders` answer `ok` and log `within`, after they waited;
 * `GET /fails` throws; everything else is 404. The user is in the header `x-user`.
 */
export const WEB_APPS = {
  async node({ log }, options = {}) {
    const requests = nodeRequestLog({
      ...options,
      log,
      userId: ({ headers }) => headers['x-user']?.toString(),
      route: ({ url }) => (url?.startsWith('/orders/') ? '/orders/:id' : undefined),
    });
    const answer: RequestListener = (request, response) => {
      request.resume().on('end', () => {
        const { pathname } = new URL(request.url!, 'http://localhost');
        if (pathname === '/fails') {
          noteError(request, FAILURE());
          return void response.writeHead(500).end();
        }
        if (!pathname.startsWith('/orders')) return void response.writeHead(404).end();
        log.info('within');
        response.end('ok');
      });
    };
    return listening(createServer(requests(answer)));
  },

  async express({ log }, options = {}) {
    const app = express().set('env', 'test');
    const requests = expressRequestLog({ ...options, log, userId: (request: Request) => request.get('x-user') });
    app.use(requests, express.json());
    const orders = express.Router();
    const answer = async (_: Request, response: express.Response) => {
      await later();
      log.info('within');
      response.send('ok');
    };
    orders.get('/:id', answer).post('/', answer);
    app.use('/orders', orders);
    app.get('/fails', () => {
      throw FAILURE();
    });
    app.use(requests.errors);
    return listening(createServer(app));
  },

  async fastify({ log }, options = {}) {
    const app = Fastify();
    await app.register(fastifyRequestLog({ ...options, log, userId: ({ raw }) => raw.headers['x-user']?.toString() }));
    const answer = async () => {
      await later();
      log.info('within');
      return 'ok';
    };
    app.get('/orders/:id', answer).post('/orders', answer);
    app.get('/fails', async () => {
      throw FAILURE();
    });
    await app.listen({ port: 0, host: '127.0.0.1' });
    return listening(app.server);
  },

  async koa({ log }, options = {}) {
    const app = new Koa();
    app.silent = true;
    app.use(koaRequestLog({ ...options, log, userId: (context: Koa.Context) => context.get('x-user') }));
    app.use(async (context) => {
      if (context.path === '/fails') throw FAILURE();
      if (!context.path.startsWith('/orders')) return;
      // As @koa/router does it.
      if (context.method === 'GET') context._matchedRoute = '/orders/:id';
      await context.req.resume().toArray();
      log.info('within');
      context.body = 'ok';
    });
    return listening(createServer(app.callback()));
  },

  async hono({ log }, options = {}) {
    const app = new Hono<{ Bindings: HttpBindings }>();
    app.use(honoRequestLog({ ...options, log, userId: ({ req }) => req.raw.headers.get('x-user') }));
    app.on(['GET', 'POST'], ['/orders/:id', '/orders'], async (context) => {
      if (context.req.method === 'POST') await context.req.text();
      await later();
      log.info('within');
      return context.text('ok');
    });
    app.get('/fails', () => {
      throw FAILURE();
    });
    app.onError((_, context) => context.text('failed', 500));
    return listening(serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }) as Server);
  },
} as const satisfies Record<string, StartApp>;

const GRAPHQL = createSchema<{ log: Lines['log'] }>({
  typeDefs: `
    type Query { order(id: ID!): String, fails: String, refused: String }
    type Subscription { ticks: Int }
  `,
  resolvers: {
    Query: {
      async order(_, { id }, { log }) {
        await later();
        log.info('within');
        return `order ${id}`;
      },
      fails() {
        throw FAILURE();
      },
      refused() {
        throw createGraphQLError('not for you', { extensions: { code: 'FORBIDDEN' } });
      },
    },
    Subscription: {
      ticks: {
        async *subscribe(_, __, { log }) {
          for (let i = 1; i <= 2; i++) {
            await later();
            log.info('within');
            yield { ticks: i };
          }
        },
      },
    },
  },
});

export const createTestYoga = ({ log }: Lines, options: Options = {}) =>
  createYoga({
    schema: GRAPHQL,
    logging: false,
    context: { log },
    plugins: [yogaRequestLog({ ...options, log, userId: ({ headers }) => headers.get('x-user') })],
  });

export const startYoga: StartApp = async (lines, options) => listening(createServer(createTestYoga(lines, options)));
