import { parseDuration } from '../../../src/log/duration.ts';
import { durationText } from './duration.ts';

/** A Duration of the API as people read it: `P1DT2H` becomes `1 d 2 h`. */
export const isoDurationText = (duration: string): string => durationText(parseDuration(duration) ?? 0);
