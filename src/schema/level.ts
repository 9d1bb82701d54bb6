import { builder } from './builder.ts';

export const LogLevel = builder.enumType('LogLevel', {
  description:
    'The importance of a record. The levels are ordered: TRACE < DEBUG < INFO < WARNING < ERROR < CRITICAL. Each level stands for four OpenTelemetry severity numbers; ' +
    '`Log.severityNumber` is the exact one.',
  values: {
    TRACE: { description: 'Severity numbers 1 to 4: every step of the program.' },
    DEBUG: { description: 'Severity numbers 5 to 8: details that help to find an error.' },
    INFO: { description: 'Severity numbers 9 to 12: normal events.' },
    WARNING: { description: 'Severity numbers 13 to 16: something unexpected, and the program continued.' },
    ERROR: { description: 'Severity numbers 17 to 20: something failed.' },
    CRITICAL: { description: 'Severity numbers 21 to 24: the program cannot continue (`fatal`, `emergency`).' },
  } as const,
});

export const LevelCount = builder.objectRef<{ level: typeof LogLevel.$inferType; count: number }>('LevelCount');
LevelCount.implement({
  description: 'The number of records of one level.',
  fields: (t) => ({
    level: t.expose('level', { type: LogLevel, description: 'The level.' }),
    count: t.expose('count', { type: 'SafeInt', description: 'The number of records; 0 if there are none.' }),
  }),
});
