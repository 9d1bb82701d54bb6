import { fieldSpec } from '../../log/fields.ts';
import type { Field, Filter, Test } from '../../log/filter/filter.ts';
import type { Json } from '../../log/json.ts';
import type { Fragment, Sql } from '../connection/client.ts';
import { joined } from './expressions.ts';
import { gramHashes, HASH_BITS } from './gram-set.ts';

/** Which of a block's filters. */
type FilterOf = 'message' | 'text';

/**
 * What a block must pass to be read: false only where none of its records can match. `grams`: hashes that one of its filters
 * must have, at least one.
 */
export type BlockTest =
  | { kind: 'all'; of: readonly BlockTest[] }
  | { kind: 'any'; of: readonly BlockTest[] }
  | { kind: 'grams'; in: FilterOf; of: readonly number[] };

/** Bits that one text tests. All grams of a long text would hardly let fewer blocks through. */
const PROBES = 24;
const PROBES_STEP = 8;
/** A filter of more texts is of no use: testing each block for all of them would cost more than it saves. */
const TEXTS_MAX = 50;
/** Fields with few values: nearly every block has each of them. */
const FEW_VALUES: ReadonlySet<Field> = new Set<Field>([
  ...(['service', 'component', 'action', 'host', 'environment', 'deploymentVersion', 'httpMethod'] as const),
]);

/** Null when every block would pass: then blocks are of no use to this filter. */
export function blockTestOf(filter: Filter): BlockTest | null {
  const test = testOf(filter);
  return test !== null && textsOf(test) <= TEXTS_MAX ? test : null;
}

const textsOf = (test: BlockTest): number =>
  test.kind === 'grams' ? 1 : test.of.reduce((sum, one) => sum + textsOf(one), 0);

function testOf(filter: Filter): BlockTest | null {
  switch (filter.kind) {
    case 'all':
      return all(filter.of.map(testOf));
    case 'any':
      return any(filter.of.map(testOf));
    case 'textContains':
      return any([grams('message', filter.text), grams('text', filter.text)]);
    case 'attribute':
      return valueTest('text', filter.test);
    case 'field':
      return ofField(filter.field, filter.test);
    default:
      return null;
  }
}

function ofField(field: Field, test: Test): BlockTest | null {
  if (field === 'message') return valueTest('message', test);
  const isText = field !== 'level' && field !== 'uid' && fieldSpec(field).kind === 'text';
  return !isText || (FEW_VALUES.has(field) && test.op === 'in') ? null : valueTest('text', test);
}

/** For a value whose texts are in this filter: a text, or a list of texts. */
function valueTest(of: FilterOf, test: Test): BlockTest | null {
  switch (test.op) {
    case 'contains':
      return grams(of, test.value);
    case 'prefix':
      return grams(of, test.text);
    case 'in':
      return test.values.length > TEXTS_MAX ? null : any(test.values.map((value) => grams(of, value)));
    case 'all':
      return all(test.of.map((one) => valueTest(of, one)));
    default:
      return null;
  }
}

function all(tests: readonly (BlockTest | null)[]): BlockTest | null {
  const of = tests.filter((test) => test !== null);
  return of.length === 0 ? null : { kind: 'all', of };
}

const any = (tests: readonly (BlockTest | null)[]): BlockTest | null =>
  tests.length === 0 || tests.includes(null) ? null : { kind: 'any', of: tests as BlockTest[] };

function grams(of: FilterOf, text: Json): BlockTest | null {
  const hashes = typeof text === 'string' ? gramHashes(text) : undefined;
  return hashes === undefined || hashes.length === 0 ? null : { kind: 'grams', in: of, of: hashes };
}

/** The test as a boolean expression over the columns of `log_blocks`. */
export function blockTestSql(sql: Sql, test: BlockTest): Fragment {
  if (test.kind === 'grams') {
    const [filter, bits] = [sql.unsafe(`${test.in}_filter`), sql.unsafe(String(HASH_BITS))];
    const tests = repeated(probesOf(test.of)).map(
      (hash) => sql`get_bit(${filter}, (${hash}::integer * 8 * octet_length(${filter})) >> ${bits}) = 1`,
    );
    return sql`(${joined(sql, tests, sql` and `)})`;
  }
  const tests = test.of.map((one) => blockTestSql(sql, one));
  return sql`(${joined(sql, tests, test.kind === 'all' ? sql` and ` : sql` or `)})`;
}

/** The hashes that are tested. */
export const probesOf = (hashes: readonly number[]): readonly number[] =>
  hashes.length <= PROBES
    ? hashes
    : Array.from({ length: PROBES }, (_, n) => hashes[Math.floor((n * hashes.length) / PROBES)]!);

/** A multiple of `PROBES_STEP`, the same ones several times if need be: so texts of any length make few prepared statements. */
const repeated = (probes: readonly number[]): number[] =>
  Array.from({ length: Math.ceil(probes.length / PROBES_STEP) * PROBES_STEP }, (_, n) => probes[n % probes.length]!);
