import { manyOf } from '../../log/joined.ts';
import { isJsonObject, type JsonObject } from '../../log/json.ts';
import type { Shape } from './shape.ts';

/** The list of records that Azure (`records`) and CloudTrail (`Records`) write as one object. */
export const list: Shape = (draft, object, read) => {
  const records = object.records ?? object.Records;
  const isList = Array.isArray(records) && records.length > 0 && records.every(isRecord);
  return isList && Object.keys(object).length === 1 ? manyOf((records as JsonObject[]).map(read)) : draft;
};

const isRecord = (value: unknown): boolean => isJsonObject(value) && ('time' in value || 'eventTime' in value);
