import type { AlertRule } from '../../db/alerts/alerts.ts';

/** What the stored records of a window add up to. A measure reads some of it; the rest is 0. */
export interface WindowSums {
  records: number;
  /** Records at ERROR or above. */
  errors: number;
  /** Of model calls, in billionths of a dollar. */
  costNanoUsd: number;
  /** Error groups that the seven days before the window do not have. */
  newErrors: number;
  /** Whether anything is stored from before the window. */
  hasEarlier: boolean;
}

export const NO_SUMS: WindowSums = { records: 0, errors: 0, costNanoUsd: 0, newErrors: 0, hasEarlier: false };

export interface Measured {
  value: number | null;
  isFiring: boolean;
}

type Measuring = Pick<AlertRule, 'measure' | 'threshold' | 'minimum'>;

/** Whether an alert fires: of the sums alone, so that it is the same whoever adds them up. */
export function measured({ measure, threshold, minimum }: Measuring, sums: WindowSums): Measured {
  const { records, errors, costNanoUsd, newErrors, hasEarlier } = sums;
  const reaching = (value: number): Measured => ({ value, isFiring: value >= threshold! });
  switch (measure) {
    case 'COUNT':
      return reaching(records);
    case 'ERROR_RATE':
      if (records < minimum) return { value: null, isFiring: false };
      return reaching(errors === 0 ? 0 : errors / records);
    case 'ABSENCE':
      return { value: records, isFiring: records === 0 };
    case 'NEW_ERROR':
      return { value: newErrors, isFiring: newErrors > 0 && hasEarlier };
    case 'LLM_COST_USD':
      return reaching(costNanoUsd / 1e9);
  }
}

/** How near a value is to firing: higher is nearer. */
export const nearness = ({ measure }: Measuring, { value, isFiring }: Measured): number => {
  if (isFiring && measure === 'NEW_ERROR') return Number.MAX_VALUE;
  if (value === null) return Number.NEGATIVE_INFINITY;
  return measure === 'ABSENCE' ? -value : value;
};
