import { testPatterns } from '../../support/patterns/pattern-checks.ts';

await testPatterns(['src/log/**/*.ts', 'src/record-names/**/*.ts'], async () => {
  (await import('../../../src/log/text-comparison.ts')).textContaining('aB "c');
  (await import('../../../src/log/redact/redactor.ts')).createRedactor({
    patterns: ['ABC-\\d{6}'],
    keys: [],
    publicKeys: [],
  });
  (await import('../../../src/log/redact/extra-pattern.ts')).extraPatternProblem('ABC-\\d{6}');
  (await import('../../../src/log/patterns/pattern.ts')).piecesOf(/a/);
});
