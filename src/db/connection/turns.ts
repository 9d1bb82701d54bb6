import { Overloaded } from '../../errors.ts';

/** How many statements may run and wait. A transaction counts as one statement. */
export interface TurnLimits {
  /** At the same time: the connections of the pool. */
  total: number;
  perClient: number;
  perOperation: number;
  /** Statements that wait for their turn, of all clients. */
  waiting: number;
  waitingPerClient: number;
}

/** The turns of one operation. */
export interface OperationTurns {
  /** Calls `start` when it is this operation's turn: at once or later. @throws Overloaded too many wait already */
  ask(start: () => void): void;
  /** Stops waiting. @returns false if `start` was called before */
  withdraw(start: () => void): void;
  /** Ends a turn. One that waits gets it. */
  done(): void;
}

/** Gives the connections of a pool to the operations of many clients, in fair turns. */
export interface Turns {
  /** A new operation of a client. */
  operationOf(client: string): OperationTurns;
}

interface Client {
  running: number;
  waiting: number;
  /** Operations that wait. The first one's turn comes next. */
  operations: Set<Operation>;
}

interface Operation {
  running: number;
  waiting: (() => void)[];
}

/**
 * While connections are free, a statement starts at once. Otherwise clients that wait get a turn one after the other, and so
 * do the operations of one client. One client or operation never holds all connections.
 */
export function createTurns(limits: TurnLimits): Turns {
  /** Clients with statements that run or wait. */
  const clients = new Map<string, Client>();
  /** Clients that wait. The first one's turn comes next. */
  const ring = new Set<Client>();
  let running = 0;
  let waiting = 0;
  let isGiving = false;

  const mayRun = (client: Client, operation: Operation): boolean =>
    client.running < limits.perClient && operation.running < limits.perOperation;

  function run(client: Client, operation: Operation, start: () => void): void {
    running++;
    client.running++;
    operation.running++;
    start();
  }

  function enqueue(client: Client, operation: Operation, start: () => void): void {
    if (waiting >= limits.waiting || client.waiting >= limits.waitingPerClient) {
      const [max, of] =
        waiting >= limits.waiting ? [limits.waiting, 'all clients'] : [limits.waitingPerClient, 'one client'];
      throw new Overloaded(`expected at most ${max} statements of ${of} that wait for a connection: retry later`);
    }
    waiting++;
    client.waiting++;
    operation.waiting.push(start);
    client.operations.add(operation);
    ring.add(client);
  }

  /** Removes what no longer waits from the ring. What still waits goes to its end if it `hadTurn`. */
  function leave(client: Client, operation: Operation, hadTurn: boolean): void {
    waiting--;
    client.waiting--;
    if (hadTurn || operation.waiting.length === 0) client.operations.delete(operation);
    if (hadTurn && operation.waiting.length > 0) client.operations.add(operation);
    if (hadTurn || client.waiting === 0) ring.delete(client);
    if (hadTurn && client.waiting > 0) ring.add(client);
  }

  /** @returns false if nothing that waits may run */
  function giveTurn(): boolean {
    for (const client of ring) {
      for (const operation of client.operations) {
        if (!mayRun(client, operation)) continue;
        const start = operation.waiting.shift()!;
        leave(client, operation, true);
        run(client, operation, start);
        return true;
      }
    }
    return false;
  }

  /** A statement may fail while it starts, and so end its turn at once: a loop serves the next one, not a recursion. */
  function giveTurns(): void {
    if (isGiving) return;
    isGiving = true;
    while (running < limits.total && giveTurn());
    isGiving = false;
  }

  return {
    operationOf(name) {
      const operation: Operation = { running: 0, waiting: [] };
      const clientOf = (): Client => {
        const known = clients.get(name);
        if (known) return known;
        const client: Client = { running: 0, waiting: 0, operations: new Set() };
        clients.set(name, client);
        return client;
      };
      const forgetIdle = (client: Client): void => {
        if (client.running === 0 && client.waiting === 0) clients.delete(name);
      };
      return {
        ask(start) {
          const client = clientOf();
          if (running < limits.total && mayRun(client, operation)) run(client, operation, start);
          else {
            try {
              enqueue(client, operation, start);
            } catch (error) {
              forgetIdle(client);
              throw error;
            }
          }
        },
        withdraw(start) {
          const at = operation.waiting.indexOf(start);
          if (at === -1) return;
          operation.waiting.splice(at, 1);
          const client = clientOf();
          leave(client, operation, false);
          forgetIdle(client);
        },
        done() {
          const client = clientOf();
          running--;
          client.running--;
          operation.running--;
          giveTurns();
          forgetIdle(client);
        },
      };
    },
  };
}
