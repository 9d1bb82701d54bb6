import type { HealthQuery, HealthStatus } from '../../api/documents.ts';

export type Health = NonNullable<HealthQuery['health']>;
export type Status = HealthStatus;
