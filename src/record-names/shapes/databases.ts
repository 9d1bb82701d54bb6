import { severityOfLevelValue } from '../../log/level.ts';
import { objectIn, type Shape, taken, textIn } from './shape.ts';

/** MongoDB 4.4 and later: `s` is the level, `c` the component. */
export const mongodb: Shape = (draft, object) => {
  if (objectIn(object, 't')?.$date === undefined) return draft;
  const severity = severityOfLevelValue(object.s);
  if (severity !== undefined) {
    draft.severityNumber = severity;
    taken(draft, 's');
  }
  if (textIn(object, 'c')) draft.component = taken(draft, 'c') as string;
  return draft;
};

/** The error log of MySQL 8 in JSON: `label` is the level. */
export const mysql: Shape = (draft, object) => {
  const severity = severityOfLevelValue(object.label);
  if (severity === undefined || draft.severityNumber) return draft;
  draft.severityNumber = severity;
  taken(draft, 'label');
  return draft;
};
