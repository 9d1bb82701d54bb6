import { createServer } from 'node:http';
import express, { type NextFunction, type Request, type Response } from 'express';
import { expect, test } from 'vitest';
import { expressRequestLog } from '../../../../client/src/http.ts';
import { createLines, isRequest } from '../../../support/client/lines.ts';
import { listening } from '../../../support/client/web-apps.ts';

test('the route of a request that fails is the whole template, or missing, whoever answers', async () => {
  const fail = () => {
    throw new Error('no');
  };
  for (const answer of [true, false]) {
    const { log, one } = createLines();
    const requests = expressRequestLog({ log });
    const app = express().set('env', 'test').use(requests);
    app.use('/mounted', express.Router().get('/:id', fail).get('/', fail));
    app.get('/orders/:id', fail).get('/files/*path', fail);
    app.use(requests.errors);
    if (answer) {
      app.use((_error: unknown, _request: Request, response: Response, _next: NextFunction) => {
        response.status(500).end();
      });
    }
    await using server = await listening(createServer(app));
    const routeOf = async (path: string): Promise<unknown> => {
      await fetch(`${server.url}${path}?a=/b/c`);
      return ((await one(isRequest(path))).http as { route?: string }).route;
    };
    expect(await routeOf('/orders/7')).toBe('/orders/:id');
    expect(await routeOf('/files/a/b')).toBe('/files/*path');
    expect(await routeOf('/mounted/7')).toBeUndefined();
    expect(await routeOf('/mounted')).toBeUndefined();
  }
});
