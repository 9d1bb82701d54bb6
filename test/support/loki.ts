import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

interface Snappy {
  compressSync(data: Buffer): Buffer;
}
export const { compressSync: snap } = require('snappy') as Snappy;

interface LokiProto {
  PushRequest: { encode(request: object): { finish(): Uint8Array } };
}
/** The encoder of winston-loki. It knows no structured metadata. */
const { logproto } = require('winston-loki/src/proto') as { logproto: LokiProto };

export interface PushedStream {
  labels: string;
  entries: { timestamp: { seconds: number; nanos: number }; line: string }[];
}

export const pushBytes = (...streams: PushedStream[]): Buffer =>
  Buffer.from(logproto.PushRequest.encode({ streams }).finish());

export const atMs = (ms: number): PushedStream['entries'][number]['timestamp'] => ({
  seconds: Math.floor(ms / 1000),
  nanos: (ms % 1000) * 1_000_000,
});
