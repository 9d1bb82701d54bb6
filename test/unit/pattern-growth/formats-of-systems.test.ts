import { testPatterns } from '../../support/patterns/pattern-checks.ts';

await testPatterns(['src/log-file/formats/*/**/*.ts']);
