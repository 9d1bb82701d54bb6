/** Cuts the bytes of one connection into messages. */
export interface Framer {
  /** The messages that are whole now. @throws BrokenFraming the connection is closed */
  push(chunk: Buffer): Buffer[];
  /** What is left when the client ends the connection in order, if that ends a message. */
  end(): Buffer | undefined;
  /** Bytes of the unfinished message that it holds. */
  readonly held: number;
}

/** The bytes cannot be cut into messages any more. */
export class BrokenFraming extends Error {}
