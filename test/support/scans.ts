import type { Sql } from '../../src/db/connection/client.ts';

/** A statement as a pool's `onStatement` is told of it. */
export interface Statement {
  text: string;
  parameters: unknown[];
}

interface Node {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  'Index Cond'?: string;
  /** Of `explain analyze`, averages of all loops. */
  'Actual Rows'?: number;
  'Actual Loops'?: number;
  'Rows Removed by Filter'?: number;
  Plans?: Node[];
}

/** One way in which a statement reads a partition. */
interface Scan {
  /** `system_logs_20261121: errors`, by the name of the index without its table; `system_logs_20261121: Seq Scan`. */
  name: string;
  /** What an index is asked for. */
  condition: string | undefined;
}

/** How the statements that ask `system_logs` read its partitions, by their plans. `count`: of these statements. */
export async function readScans(sql: Sql, statements: readonly Statement[]): Promise<{ scans: Scan[]; count: number }> {
  const asked = statements.filter(({ text }) => text.includes('system_logs'));
  const scans: Scan[] = [];
  for (const { text, parameters } of asked) {
    const rows = await sql.unsafe<{ 'QUERY PLAN': { Plan: Node }[] }[]>(
      `explain (format json) ${text}`,
      parameters as never,
    );
    scans.push(...scansIn(rows[0]!['QUERY PLAN'][0]!.Plan));
  }
  return { scans, count: asked.length };
}

/** Rows of partitions that the statements that ask `system_logs` read. Runs them. */
export async function readRows(sql: Sql, statements: readonly Statement[]): Promise<number> {
  let count = 0;
  for (const { text, parameters } of statements.filter((one) => one.text.includes('system_logs'))) {
    const rows = await sql.unsafe<{ 'QUERY PLAN': { Plan: Node }[] }[]>(
      `explain (analyze, format json) ${text}`,
      parameters as never,
    );
    count += rowsIn(rows[0]!['QUERY PLAN'][0]!.Plan);
  }
  return count;
}

const rowsIn = (node: Node): number =>
  (node['Relation Name'] ? (node['Actual Rows']! + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops']! : 0) +
  (node.Plans ?? []).reduce((sum, below) => sum + rowsIn(below), 0);

/** The names, each once. */
export const namesOf = (scans: readonly Scan[]): string[] => [...new Set(scans.map(({ name }) => name))].sort();

function scansIn(node: Node): Scan[] {
  const relation = node['Relation Name'];
  const index = node['Index Name'];
  const below = (node.Plans ?? []).flatMap(scansIn);
  const byIndex = (name: string): Scan => ({ name: named(name), condition: node['Index Cond'] });
  if (relation?.startsWith('system_logs_') || relation === 'log_rollups') {
    // A bitmap scan's indexes are below it.
    if (index) return [byIndex(index), ...below];
    const plain = { name: `${relation}: ${node['Node Type']}`, condition: undefined };
    return node['Node Type'] === 'Bitmap Heap Scan' ? below : [plain, ...below];
  }
  return index && /^(idx_)?system_logs|log_rollups_step$/.test(index) ? [byIndex(index), ...below] : below;
}

/** `idx_system_logs_errors_20261121` and `system_logs_20261121_pkey` as `system_logs_20261121: errors` and `...: pkey`. */
function named(index: string): string {
  if (index === 'idx_log_rollups_step') return 'log_rollups: step';
  const [, key, name, plain] = /^(?:system_logs_(\d+)_pkey|idx_system_logs_(\w+)_(\d+))$/.exec(index)!;
  return key ? `system_logs_${key}: pkey` : `system_logs_${plain}: ${name}`;
}
