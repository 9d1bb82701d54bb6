/** The operations under way on one socket, each with the signal that its client has left it. */
export interface Operations {
  /** `running` has the ids of those that the client has not completed. */
  begin(id: string, running: object): AbortSignal;
  /** Aborts those that are running no more. */
  sweep(): void;
  /** Aborts all of them: the socket is closed. */
  end(): void;
}

export function createOperations(): Operations {
  const operations = new Map<string, { left: AbortController; running: object }>();
  const abort = (isLeft: (id: string, running: object) => boolean): void => {
    for (const [id, { left, running }] of operations) {
      if (isLeft(id, running) && operations.delete(id)) left.abort();
    }
  };
  return {
    begin(id, running) {
      const left = new AbortController();
      operations.set(id, { left, running });
      return left.signal;
    },
    sweep: () => abort((id, running) => !Object.hasOwn(running, id)),
    end: () => abort(() => true),
  };
}
