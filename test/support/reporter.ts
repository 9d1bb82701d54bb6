import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { Reporter, TestCase, TestModule } from 'vitest/node';

declare module 'vitest' {
  interface TaskMeta {
    /** Why a test is skipped: what it needs and did not find. */
    missing?: string;
  }
}

/** What `test/run.ts` prints about a run. */
export interface Report {
  passed: number;
  failed: number;
  /** Reasons, each with the number of tests that it skipped. */
  skipped: [reason: string, tests: number][];
  /** Every file that ran tests, with its own time and its slowest test. */
  files: { name: string; ms: number; slowest: { name: string; ms: number } }[];
}

/** Writes a `Report` as JSON to the file that `TEST_REPORT` names. */
export default class implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[], outcome: string): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const count = (state: string): number => tests.filter((test) => test.result().state === state).length;
    const failedTests = count('failed');
    // A file that cannot be loaded and an error outside of any test fail the run, too.
    const failedElsewhere = modules.filter((module) => module.errors().length > 0).length + errors.length;
    const failed = failedTests + failedElsewhere || (outcome === 'passed' ? 0 : 1);
    const skipped = Map.groupBy(
      tests.filter((test) => test.result().state === 'skipped'),
      reasonOf,
    );
    const report: Report = {
      passed: count('passed'),
      failed,
      skipped: [...skipped].map(([reason, those]) => [reason, those.length]),
      files: modules.flatMap(timesOf),
    };
    writeFileSync(process.env.TEST_REPORT!, JSON.stringify(report));
  }
}

function reasonOf(test: TestCase): string {
  const result = test.result();
  return (result.state === 'skipped' && result.note) || test.meta().missing || 'not selected';
}

function timesOf(module: TestModule): Report['files'] {
  const times = [...module.children.allTests()].map((test) => ({
    name: test.name,
    ms: test.diagnostic()?.duration ?? 0,
  }));
  const [slowest] = times.toSorted((a, b) => b.ms - a.ms);
  return slowest ? [{ name: relative(process.cwd(), module.moduleId), ms: module.diagnostic().duration, slowest }] : [];
}
