import { describe, expect, test } from 'vitest';
import { createClock } from '../../../src/log-file/formats/clock.ts';
import { NOW, readLog, readOne } from '../../support/log-lines.ts';

const draftsOf = (...lines: string[]) => readLog(lines).entries.map(({ draft }) => draft);

describe('PostgreSQL', () => {
  test.each([
    ['2024-05-06 07:08:09.123 UTC [155] LOG:  x', { pid: 155 }],
    ['2024-05-06 07:08:09.123 UTC [155] bob@shop LOG:  x', { pid: 155, user: 'bob', dbname: 'shop' }],
    ['2024-05-06 07:08:09.123 GMT [155] bob@shop/psql LOG:  x', { pid: 155, user: 'bob', dbname: 'shop' }],
    ['2024-05-06 09:08:09.123 CEST [155] LOG:  x', { pid: 155 }],
    ['2024-05-06 09:08:09.123 +02 [155] LOG:  x', { pid: 155 }],
    ['2024-05-06 12:38:09.123 +0530 [155] LOG:  x', { pid: 155 }],
    [
      '2024-05-06 07:08:09.123 UTC [155]: user=bob,db=shop,app=DBeaver 24 - Main,client=10.0.0.7 LOG:  x',
      { pid: 155, user: 'bob', dbname: 'shop', application_name: 'DBeaver 24 - Main', remote_host: '10.0.0.7' },
    ],
    [
      '2024-05-06 07:08:09.123 UTC [155]: [3-1] user=bob,db=shop,app=[unknown],client=::1 LOG:  x',
      { pid: 155, user: 'bob', dbname: 'shop', remote_host: '::1' },
    ],
    ['2024-05-06 07:08:09.123 UTC [155]: [1-1] db=shop,user=bob LOG:  x', { pid: 155, user: 'bob', dbname: 'shop' }],
    [
      '2024-05-06 07:08:09.123 UTC:10.0.0.7(54321):bob@shop:[155]:LOG:  x',
      { pid: 155, user: 'bob', dbname: 'shop', remote_host: '10.0.0.7', remote_port: 54321 },
    ],
    ['2024-05-06 07:08:09.123 UTC::@:[155]:LOG:  x', { pid: 155 }],
    ['< 2024-05-06 07:08:09.123 UTC >LOG:  x', {}],
    ['2024-05-06 07:08:09.123 UTC-6638a3e5.9b-LOG:  x', {}],
    ['1714979289.123 [155] LOG:  x', { pid: 155 }],
  ])('log_line_prefix: %s', (line, attributes) => {
    expect(readOne('postgres', line)).toEqual({
      timestamp: '2024-05-06T07:08:09.123000Z',
      severityNumber: 9,
      message: 'x',
      attributes,
    });
  });

  test.each([
    ['DEBUG2', 6],
    ['NOTICE', 10],
    ['WARNING', 13],
    ['ERROR', 17],
    ['FATAL', 17],
    ['PANIC', 21],
  ])('%s has severity %i: FATAL ends one session, PANIC all of them', (word, severityNumber) => {
    expect(readOne('postgres', `2024-05-06 07:08:09 UTC [1] ${word}:  x`)).toMatchObject({ severityNumber });
  });

  test('the lines about an error, and lines of SQL, belong to its record', () => {
    const drafts = draftsOf(
      '2024-05-06 07:08:09.123 UTC [155] bob@shop ERROR:  42P01: relation "a"',
      '\tdoes not exist at character 15',
      '2024-05-06 07:08:09.123 UTC [155] bob@shop DETAIL:  first',
      '\tsecond',
      '2024-05-06 07:08:09.123 UTC [155] bob@shop CONTEXT:  PL/pgSQL function f() line 3',
      '2024-05-06 07:08:09.123 UTC [155] bob@shop LOCATION:  parserOpenTable, parse_relation.c:1392',
      '2024-05-06 07:08:09.123 UTC [155] bob@shop STATEMENT:  select 1',
      '\t\tfrom a',
      'where b',
      '2024-05-06 07:08:10.123 UTC [156] LOG:  next',
    );
    expect(drafts).toHaveLength(2);
    expect(drafts[0]).toMatchObject({
      message: 'relation "a"\ndoes not exist at character 15',
      attributes: {
        pid: 155,
        state_code: '42P01',
        detail: 'first\nsecond',
        context: 'PL/pgSQL function f() line 3',
        location: 'parserOpenTable, parse_relation.c:1392',
        statement: 'select 1\n\tfrom a\nwhere b',
      },
    });
  });

  test('a DETAIL of another process is a record of its own', () => {
    const drafts = draftsOf(
      '2024-05-06 07:08:09.123 UTC [155] ERROR:  boom',
      '2024-05-06 07:08:09.123 UTC [156] DETAIL:  of another',
    );
    expect(drafts.map(({ message }) => message)).toEqual(['boom', 'DETAIL:  of another']);
  });

  test('the duration of a statement', () => {
    const line = '2024-05-06 07:08:09.123 UTC [155] LOG:  duration: 1234.567 ms  statement: select pg_sleep(1)';
    expect(readOne('postgres', line)).toMatchObject({
      durationMs: 1234.567,
      message: 'duration: 1234.567 ms  statement: select pg_sleep(1)',
    });
  });

  test('a zone whose name says no offset is that of the import', () => {
    const clock = createClock({ timeZone: 'Asia/Kolkata', now: NOW });
    const { entries } = readLog(['2024-05-06 12:38:09.123 IST [155] LOG:  x'], clock);
    expect(entries[0]!.draft.timestamp).toBe('2024-05-06T07:08:09.123000Z');
  });

  test('in syslog, and without a prefix', () => {
    const { entries } = readLog([
      'May  6 07:08:09 db-1 postgres[155]: [5-1] user=bob,db=shop FATAL:  boom',
      'May  6 07:08:10 db-1 postgres[155]: [6-1] 2024-05-06 07:08:10.123 UTC [155] LOG:  ready',
    ]);
    expect(entries.map(({ draft }) => draft)).toMatchObject([
      {
        timestamp: '2026-05-06T07:08:09.000000Z',
        severityNumber: 17,
        message: 'boom',
        host: 'db-1',
        component: 'postgres',
        attributes: { pid: 155, user: 'bob', dbname: 'shop' },
      },
      { timestamp: '2024-05-06T07:08:10.123000Z', message: 'ready', host: 'db-1' },
    ]);
    expect(draftsOf('LOG:  ready', 'ERROR:  boom', 'STATEMENT:  select 1')).toMatchObject([
      { severityNumber: 9, message: 'ready' },
      { severityNumber: 17, message: 'boom', attributes: { statement: 'select 1' } },
    ]);
  });

  test('csvlog: a value may have lines, quotes and commas', () => {
    const { format, entries } = readLog([
      '2024-05-06 07:08:09.123 UTC,"bob","shop",155,"10.0.0.7:54321",6638a3e5.9b,2,"SELECT",2024-05-06 07:00:00 UTC,3/12,0,ERROR,42P01,"relation ""a"", b',
      'does not exist",,"a hint",,,,"select *',
      'from a;",15,,"psql","client backend",,0',
      '2024-05-06 07:08:10.123 UTC,,,101,,6638a3e0.65,1,,2024-05-06 07:00:00 UTC,,0,LOG,00000,"duration: 5.5 ms",,,,,,,,,"","checkpointer",,0',
    ]);
    expect(format).toBe('postgres-csv');
    expect(entries.map(({ at }) => at)).toEqual([1, 4]);
    expect(entries[0]!.draft).toEqual({
      timestamp: '2024-05-06T07:08:09.123000Z',
      severityNumber: 17,
      message: 'relation "a", b\ndoes not exist',
      durationMs: null,
      attributes: {
        user: 'bob',
        dbname: 'shop',
        pid: 155,
        remote_host: '10.0.0.7',
        remote_port: 54321,
        session_id: '6638a3e5.9b',
        line_num: 2,
        ps: 'SELECT',
        session_start: '2024-05-06 07:00:00 UTC',
        vxid: '3/12',
        txid: 0,
        state_code: '42P01',
        hint: 'a hint',
        statement: 'select *\nfrom a;',
        cursor_position: 15,
        application_name: 'psql',
        backend_type: 'client backend',
        query_id: '0',
      },
    });
    expect(entries[1]!.draft).toMatchObject({ severityNumber: 9, durationMs: 5.5, attributes: { pid: 101 } });
  });

  test('csvlog whose last row is cut keeps its text', () => {
    const { entries } = readLog([
      '2024-05-06 07:08:10.123 UTC,,,101,,6638a3e0.65,1,,2024-05-06 07:00:00 UTC,,0,LOG,00000,"ready",,,,,,,,,"","checkpointer",,0',
      '2024-05-06 07:08:11.123 UTC,,,101,,6638a3e0.65,1,,2024-05-06 07:00:00 UTC,,0,LOG,00000,"beg',
      'more',
    ]);
    expect(entries[1]!.draft).toMatchObject({ timestamp: '2024-05-06T07:08:11.123000Z' });
    expect(entries[1]!.draft.message).toMatch(/"beg\nmore$/);
  });

  test('PgBouncer', () => {
    const line = '2024-05-06 07:08:09.123 UTC [7] WARNING C-0x55d: shop/bob@10.0.0.7:5432 pooler error: no more';
    expect(readOne('pgbouncer', line)).toEqual({
      timestamp: '2024-05-06T07:08:09.123000Z',
      severityNumber: 13,
      message: 'C-0x55d: shop/bob@10.0.0.7:5432 pooler error: no more',
      attributes: { pid: 7, dbname: 'shop', user: 'bob', client: '10.0.0.7:5432' },
    });
  });
});

describe('MySQL and MariaDB', () => {
  test.each([
    [
      'MySQL 8',
      '2024-05-06T07:08:09.123456Z 8 [Warning] [MY-010055] [Server] IP address could not be resolved',
      { severityNumber: 13, component: 'Server', attributes: { thread: 8, code: 'MY-010055' } },
    ],
    [
      'MySQL 8, of the system',
      '2024-05-06T07:08:09.123456Z 0 [System] [MY-010931] [Server] IP address could not be resolved',
      { severityNumber: 9, component: 'Server' },
    ],
    [
      'MySQL 5.7 with an offset',
      '2024-05-06T09:08:09.123456+02:00 8 [ERROR] IP address could not be resolved',
      { severityNumber: 17, attributes: { thread: 8 } },
    ],
    [
      'MariaDB',
      '2024-05-06  7:08:09 0 [Note] IP address could not be resolved',
      { severityNumber: 9, attributes: { thread: 0 } },
    ],
    ['MySQL 5.5', '240506  7:08:09 [Note] IP address could not be resolved', { severityNumber: 9 }],
  ])('%s', (_, line, expected) => {
    const draft = readOne('mysql', line);
    expect(draft).toMatchObject({ message: 'IP address could not be resolved', ...expected });
    expect(draft.timestamp).toMatch(/^2024-05-06T07:08:09\.(123456|000000)Z$/);
  });

  test('the general query log', () => {
    const draft = readOne('mysql-general', '2024-05-06T07:08:09.123456Z\t    8 Query\tselect *', 'from a');
    expect(draft).toEqual({
      timestamp: '2024-05-06T07:08:09.123456Z',
      message: 'select *\nfrom a',
      action: 'Query',
      attributes: { thread: 8 },
    });
  });

  test('the slow query log: one record for each query', () => {
    const { format, entries } = readLog([
      '/usr/sbin/mysqld, Version: 8.0.36 (MySQL Community Server - GPL). started with:',
      'Tcp port: 3306  Unix socket: /var/run/mysqld/mysqld.sock',
      'Time                 Id Command    Argument',
      '# Time: 2024-05-06T07:08:09.123456Z',
      '# User@Host: bob[bob] @ web-1 [10.0.0.7]  Id:     8',
      '# Query_time: 2.000230  Lock_time: 0.000100 Rows_sent: 1  Rows_examined: 5',
      'use shop;',
      'SET timestamp=1714979287;',
      'select *',
      '  from a;',
      '# User@Host: root[root] @ localhost []  Id:     9',
      '# Query_time: 0.5  Lock_time: 0.000100 Rows_sent: 1  Rows_examined: 5',
      'SET timestamp=1714979290;',
      '# administrator command: Quit;',
    ]);
    expect(format).toBe('mysql-slow');
    expect(entries.map(({ at, time }) => [at, time])).toEqual([
      [4, 'own'],
      [11, 'own'],
    ]);
    expect(entries[0]!.draft).toEqual({
      timestamp: '2024-05-06T07:08:09.123456Z',
      message: 'select *\n  from a;',
      durationMs: 2000.23,
      attributes: {
        user: 'bob',
        client: '10.0.0.7',
        thread: 8,
        Lock_time: 0.0001,
        Rows_sent: 1,
        Rows_examined: 5,
        database: 'shop',
      },
    });
    expect(entries[1]!.draft).toMatchObject({
      timestamp: '2024-05-06T07:08:10.000000Z',
      message: 'Quit;',
      durationMs: 500,
      attributes: { user: 'root', client: 'localhost', thread: 9 },
    });
  });

  test('the slow query log of MariaDB', () => {
    const draft = readOne(
      'mysql-slow',
      '# Time: 240506  7:08:09',
      '# User@Host: bob[bob] @ localhost []',
      '# Thread_id: 8  Schema: shop  QC_hit: No',
      '# Query_time: 2.5  Lock_time: 0.000100  Rows_sent: 1  Rows_examined: 5',
      'SET timestamp=1714979289;',
      'select 1;',
    );
    expect(draft).toMatchObject({
      timestamp: '2024-05-06T07:08:09.000000Z',
      durationMs: 2500,
      message: 'select 1;',
      attributes: { Thread_id: 8, Schema: 'shop', QC_hit: 'No' },
    });
  });
});

describe('other databases', () => {
  test('MongoDB before 4.4, and the duration of a slow operation', () => {
    const line =
      '2024-05-06T09:08:09.730+0200 W  COMMAND  [conn12] command shop.carts command: find { find: "carts" } 1503ms';
    expect(readOne('mongodb', line)).toEqual({
      timestamp: '2024-05-06T07:08:09.730000Z',
      severityNumber: 13,
      message: 'command shop.carts command: find { find: "carts" } 1503ms',
      component: 'COMMAND',
      durationMs: 1503,
      attributes: { context: 'conn12' },
    });
    expect(readOne('mongodb', '2024-05-06T09:08:09.730+0200 D2 -        [main] x')).toMatchObject({
      severityNumber: 5,
      message: 'x',
    });
  });

  test.each([
    ['1:M 06 May 2024 07:08:09.123 * hello', 9, { pid: 1, role: 'primary' }],
    ['1:S 06 May 2024 07:08:09.123 # hello', 13, { pid: 1, role: 'replica' }],
    ['1:X 06 May 2024 07:08:09.123 - hello', 1, { pid: 1, role: 'sentinel' }],
    ['[1] 06 May 2024 07:08:09.123 . hello', 5, { pid: 1 }],
  ])('Redis: %s', (line, severityNumber, attributes) => {
    expect(readOne('redis', line)).toEqual({
      timestamp: '2024-05-06T07:08:09.123000Z',
      severityNumber,
      message: 'hello',
      attributes,
    });
  });

  test('ClickHouse', () => {
    const line =
      '2024.05.06 07:08:09.123456 [ 77 ] {2b1c-4f} <Error> executeQuery: Code: 60. DB::Exception: Table does not exist';
    expect(readOne('clickhouse', line)).toEqual({
      timestamp: '2024-05-06T07:08:09.123456Z',
      severityNumber: 17,
      message: 'Code: 60. DB::Exception: Table does not exist',
      component: 'executeQuery',
      attributes: { thread: 77, query_id: '2b1c-4f' },
    });
  });

  test('etcd', () => {
    expect(readOne('etcd', '2024-05-06 07:08:09.123456 W | etcdserver: request took too long')).toEqual({
      timestamp: '2024-05-06T07:08:09.123456Z',
      severityNumber: 13,
      message: 'request took too long',
      component: 'etcdserver',
    });
  });

  test('RabbitMQ, and the reports of Erlang', () => {
    expect(readOne('rabbitmq', '2024-05-06 09:08:09.123456+02:00 [warning] <0.561.0> closing AMQP connection')).toEqual(
      {
        timestamp: '2024-05-06T07:08:09.123456Z',
        severityNumber: 13,
        message: 'closing AMQP connection',
        attributes: { process: '0.561.0' },
      },
    );
    const report = ['=ERROR REPORT==== 6-May-2024::07:08:09 ===', 'closing AMQP connection', 'handshake_timeout'];
    expect(readOne('rabbitmq', ...report)).toEqual({
      timestamp: '2024-05-06T07:08:09.000000Z',
      severityNumber: 17,
      message: 'closing AMQP connection\nhandshake_timeout',
    });
  });
});
