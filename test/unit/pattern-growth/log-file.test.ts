import { testPatterns } from '../../support/patterns/pattern-checks.ts';

await testPatterns(['src/log-file/*.ts', 'src/log-file/{bytes,entries,envelopes,traces}/**/*.ts']);
