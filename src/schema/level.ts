import { builder } from './builder.ts';

export const LogLevel = builder.enumType('LogLevel', {
  description:
    'How much a record matters, in order: TRACE < DEBUG < INFO < WARNING < ERROR < CRITICAL. Each level spans four OpenTelemetry severity numbers; ' +
    '`severityNumber` on `Log` keeps the finer one.',
  values: {
    TRACE: { description: 'Severity numbers 1 to 4: every step, for the person who wrote the code.' },
    DEBUG: { description: 'Severity numbers 5 to 8: what helps to find a fault.' },
    INFO: { description: 'Severity numbers 9 to 12: what happened, as planned.' },
    WARNING: { description: 'Severity numbers 13 to 16: not as planned, and it went on.' },
    ERROR: { description: 'Severity numbers 17 to 20: something failed.' },
    CRITICAL: { description: 'Severity numbers 21 to 24: the program cannot go on (`fatal`, `emergency`).' },
  } as const,
});

export const LevelCount = builder.objectRef<{ level: typeof LogLevel.$inferType; count: number }>('LevelCount');
LevelCount.implement({
  description: 'How many records one level has.',
  fields: (t) => ({
    level: t.expose('level', { type: LogLevel, description: 'The level.' }),
    count: t.expose('count', { type: 'SafeInt', description: 'Its records; 0 where there are none.' }),
  }),
});
