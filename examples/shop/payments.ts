import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from 'pino';
import { nodeRequestLog, noteError } from 'weir-client/http';
import { type Listening, listen } from './listen.ts';

class BankUnreachable extends Error {}

/** Another service, with `node:http` alone. The card `expired` fails. */
export function startPayments(log: Logger): Promise<Listening> {
  const requests = nodeRequestLog({ log, route: ({ url }) => url });
  return listen(
    requests(async (request, response) => {
      try {
        const { amount, card } = (await json(request)) as { amount: number; card: string };
        await charge(amount, card);
        log.info({ component: 'payment', amount }, `charged ${amount}`);
        answer(response, 200, { charged: amount });
      } catch (error) {
        refuse(request, response, error);
      }
    }),
  );
}

async function charge(_amount: number, card: string): Promise<void> {
  await wait(20);
  if (card === 'expired') throw new BankUnreachable('the bank did not answer');
}

function refuse(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  // This service answers the error itself, so it says which error the record of the request has.
  noteError(request, error);
  answer(response, 503, { error: 'try again later' });
}

const answer = (response: ServerResponse, status: number, body: object): void =>
  void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
