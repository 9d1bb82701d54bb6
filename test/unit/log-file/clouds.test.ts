import { describe, expect, test } from 'vitest';
import { readLog, readOne } from '../../support/log-lines.ts';

describe("AWS's load balancers", () => {
  test('ALB', () => {
    const line =
      'https 2024-05-06T07:08:09.186641Z app/my-lb/50dc6c49 192.0.2.39:2817 10.0.0.1:80 0.086 0.048 0.037 404 404 0 57 "GET https://www.example.com:443/a?b HTTP/1.1" "curl/7.46.0" ECDHE-RSA TLSv1.2 arn:aws:x "Root=1-58337281" "www.example.com" "arn:aws:acm:x" 1 2024-05-06T07:08:08.364000Z "forward" "-" "-" "10.0.0.1:80" "404" "-" "-" TID_1234';
    expect(readOne('aws-alb', line)).toMatchObject({
      timestamp: '2024-05-06T07:08:09.186641Z',
      severityNumber: 13,
      durationMs: 171,
      httpMethod: 'GET',
      action: 'GET /a',
      httpStatus: 404,
      httpClientIp: '192.0.2.39',
      httpUserAgent: 'curl/7.46.0',
      attributes: {
        type: 'https',
        loadBalancer: 'app/my-lb/50dc6c49',
        target: '10.0.0.1:80',
        targetStatus: 404,
        responseBytes: 57,
        traceHeader: 'Root=1-58337281',
      },
    });
  });

  test('ALB: a request that came to no target has no duration', () => {
    const line =
      'http 2024-05-06T07:08:09.186641Z app/my-lb/50dc6c49 [2001:db8::1]:2817 - -1 -1 -1 502 - 0 57 "GET http://www.example.com:80/ HTTP/1.1" "-" - - arn:aws:x "Root=1-58337281" "-" "-" 0 2024-05-06T07:08:08.364000Z "forward" "-" "-" "-" "-" "-" "-"';
    const draft = readOne('aws-alb', line);
    expect(draft).toMatchObject({ severityNumber: 17, httpClientIp: '2001:db8::1' });
    expect(draft).not.toHaveProperty('durationMs');
  });

  test('ELB over HTTP and over TCP', () => {
    const http =
      '2024-05-06T07:08:09.945958Z my-loadbalancer 192.0.2.39:2817 10.0.0.1:80 0.000073 0.001048 0.000057 200 200 0 29 "GET http://www.example.com:80/ HTTP/1.1" "curl/7.38.0" - -';
    expect(readOne('aws-elb', http)).toMatchObject({ httpStatus: 200, durationMs: 1.178, severityNumber: 9 });
    const tcp =
      '2024-05-06T07:08:09.945958Z my-loadbalancer 192.0.2.39:2817 10.0.0.1:80 0.001069 0.000028 0.000041 - - 82 305 "- - - " "-" - -';
    const draft = readOne('aws-elb', tcp);
    expect(draft).toMatchObject({ durationMs: 1.138, attributes: { requestBytes: 82 } });
    expect(draft).not.toHaveProperty('httpStatus');
  });

  test('NLB', () => {
    const line =
      'tls 2.0 2024-05-06T07:08:09 net/my-nlb/c6e77e28 g3d4b5e8bb8464cd 192.0.2.39:51341 10.0.0.1:443 5 2 98 246 - arn:aws:acm:x - ECDHE-RSA tlsv12 - my-nlb.elb.us-east-1.amazonaws.com - - - 2024-05-06T07:08:08';
    expect(readOne('aws-nlb', line)).toMatchObject({
      timestamp: '2024-05-06T07:08:09.000000Z',
      durationMs: 5,
      httpClientIp: '192.0.2.39',
      attributes: { handshakeMs: 2, requestBytes: 98, responseBytes: 246 },
    });
  });
});

test('S3 access', () => {
  const owner = '79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be';
  const line = `${owner} shop-files [06/May/2024:07:08:09 +0000] 192.0.2.3 ${owner} 3E57427F3EXAMPLE REST.GET.OBJECT a%20b.txt "GET /shop-files/a%20b.txt HTTP/1.1" 404 NoSuchKey 243 - 12 7 "-" "S3Console/0.4" - s9lzHYrFp76ZVxRcpX9= SigV4 ECDHE AuthHeader shop-files.s3.amazonaws.com TLSv1.2 - -`;
  expect(readOne('aws-s3', line)).toMatchObject({
    timestamp: '2024-05-06T07:08:09.000000Z',
    severityNumber: 13,
    durationMs: 12,
    correlationId: '3E57427F3EXAMPLE',
    errorType: 'NoSuchKey',
    httpMethod: 'GET',
    httpPath: '/shop-files/a%20b.txt',
    httpClientIp: '192.0.2.3',
    attributes: { bucket: 'shop-files', operation: 'REST.GET.OBJECT', key: 'a%20b.txt', responseBytes: 243 },
  });
});

test('VPC flow', () => {
  const { format, entries } = readLog([
    'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status',
    '2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1714979289 1714979349 REJECT OK',
  ]);
  expect(format).toBe('aws-vpc-flow');
  expect(entries.map(({ draft }) => draft)).toMatchObject([
    {
      timestamp: '2024-05-06T07:08:09.000000Z',
      severityNumber: 13,
      durationMs: 60_000,
      attributes: { source: '172.31.16.139', destinationPort: 22, bytes: 4249, action: 'REJECT' },
    },
  ]);
});

describe('Lambda', () => {
  const ID = '8f507cfc-1ac1-4697-b07a-ac58fc914c95';

  test("Node's lines, and the platform's, which have no time of their own", () => {
    const { format, entries } = readLog([
      `START RequestId: ${ID} Version: $LATEST`,
      `2024-05-06T07:08:09.123Z\t${ID}\tWARN\tslow`,
      'of two lines',
      `2024-05-06T07:08:10.123Z\t${ID}\tERROR\tInvoke Error \t{"errorType":"TypeError","errorMessage":"x","stack":["TypeError: x","    at f (a.js:1:2)"]}`,
      `END RequestId: ${ID}`,
      `REPORT RequestId: ${ID}\tDuration: 5.12 ms\tBilled Duration: 6 ms\tMemory Size: 128 MB\tMax Memory Used: 65 MB\tInit Duration: 153.2 ms\t`,
      `2024-05-06T07:08:11.123Z ${ID} Task timed out after 3.00 seconds`,
    ]);
    expect(format).toBe('aws-lambda');
    expect(entries.map(({ draft }) => draft)).toMatchObject([
      { correlationId: ID, message: `START RequestId: ${ID} Version: $LATEST` },
      {
        timestamp: '2024-05-06T07:08:09.123000Z',
        severityNumber: 13,
        message: 'slow\nof two lines',
        correlationId: ID,
      },
      { severityNumber: 17, errorType: 'TypeError', stackTrace: 'TypeError: x\n    at f (a.js:1:2)' },
      { timestamp: '2024-05-06T07:08:10.123000Z', correlationId: ID },
      { durationMs: 5.12, attributes: { maxMemoryMb: 65, initDurationMs: 153.2 } },
      { timestamp: '2024-05-06T07:08:11.123000Z', severityNumber: 17, correlationId: ID },
    ]);
  });

  test("Python's lines", () => {
    expect(readOne('aws-lambda', `[ERROR]\t2024-05-06T07:08:09.123Z\t${ID}\tboom`)).toEqual({
      timestamp: '2024-05-06T07:08:09.123000Z',
      severityNumber: 17,
      message: 'boom',
      correlationId: ID,
    });
  });

  test('a time limit', () => {
    expect(readOne('aws-lambda', `2024-05-06T07:08:09.123Z ${ID} Task timed out after 3.00 seconds`)).toMatchObject({
      severityNumber: 17,
      correlationId: ID,
    });
    expect(readOne('aws-lambda', `RequestId: ${ID} Error: Runtime exited with error: exit status 1`)).toMatchObject({
      severityNumber: 17,
      correlationId: ID,
    });
  });
});
