/** The operations of one socket. Each has a signal that is aborted when the client has left the operation. */
export interface SocketOperations {
  /** `running` holds the ids of the operations that the client has not completed. */
  begin(id: string, running: object): AbortSignal;
  /** Aborts the operations that are no longer running. */
  sweep(): void;
  /** Aborts all operations, because the socket is closed. */
  end(): void;
}

export function createSocketOperations(): SocketOperations {
  const operations = new Map<string, { gone: AbortController; running: object }>();
  const abort = (isGone: (id: string, running: object) => boolean): void => {
    for (const [id, { gone, running }] of operations) {
      if (isGone(id, running) && operations.delete(id)) gone.abort();
    }
  };
  return {
    begin(id, running) {
      const gone = new AbortController();
      operations.set(id, { gone, running });
      return gone.signal;
    },
    sweep: () => abort((id, running) => !Object.hasOwn(running, id)),
    end: () => abort(() => true),
  };
}
