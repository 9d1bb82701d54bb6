import { expect, test } from 'vitest';
import { AttemptFailed, shownFailure } from '../../../src/watch/delivery/failure.ts';

const SECRET = 'https://user:pass@chat.example.com:8443/services/T0/secret?token=x';
const nodeError = (fields: object) => Object.assign(new Error(`connect to ${SECRET}`), fields);

test.each([
  [new AttemptFailed('status 500'), 'status 500'],
  [nodeError({ code: 'ECONNREFUSED' }), 'the connection was refused'],
  [nodeError({ code: 'ESOCKET', originalCode: 'ECONNREFUSED' }), 'the connection was refused'],
  [nodeError({ code: 'ENOTFOUND', hostname: 'secret' }), 'the name of the target has no address'],
  [nodeError({ code: 'CERT_HAS_EXPIRED' }), 'TLS failed (CERT_HAS_EXPIRED)'],
  [nodeError({ code: 'HPE_INVALID_CONSTANT' }), 'the response is not HTTP'],
  [
    nodeError({ code: 'EAUTH', responseCode: 535, response: '535 secret' }),
    'the mail server refused the login of SMTP_URL (status 535)',
  ],
  [nodeError({ code: 'ENEW' }), 'the attempt failed (ENEW)'],
  [nodeError({ code: SECRET }), 'the attempt failed'],
  [AbortSignal.timeout(0).reason ?? new DOMException('secret', 'TimeoutError'), 'no response within 10 s'],
  ['secret', 'the attempt failed'],
  [null, 'the attempt failed'],
])('a failure is told by its kind: %#', (error, text) => {
  expect(shownFailure(error)).toBe(text);
});
