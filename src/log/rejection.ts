/** A record that was not taken: its line or index, a stable code, a sentence. */
export interface Rejection {
  at: number;
  code: string;
  reason: string;
}
