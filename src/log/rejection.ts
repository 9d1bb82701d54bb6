/** Why a record is not accepted. */
export interface Rejection {
  /** Its line, or its index, in what the sender sent. */
  at: number;
  /** Stable, for programs. */
  code: string;
  /** One sentence, for people. */
  reason: string;
}
