import { isJsonObject, type JsonObject } from '../../log/json.ts';
import type { Draft } from '../../log/record.ts';
import type { Shape } from './shape.ts';

/** The records of one object as one draft, which holds the others. There is at least one. */
export function manyOf([first, ...others]: readonly Draft[]): Draft {
  return others.length === 0 ? first! : { ...first!, others };
}

/** The list of records that Azure (`records`) and CloudTrail (`Records`) write as one object. */
export const list: Shape = (draft, object, read) => {
  const records = object.records ?? object.Records;
  const isList = Array.isArray(records) && records.length > 0 && records.every(isRecord);
  return isList && Object.keys(object).length === 1 ? manyOf((records as JsonObject[]).map(read)) : draft;
};

const isRecord = (value: unknown): boolean => isJsonObject(value) && ('time' in value || 'eventTime' in value);
