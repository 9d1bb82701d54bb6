import { severityOfLevelValue } from '../../log/level.ts';
import { drop, objectIn, type Shape, setField, textIn } from './shape.ts';

/** MongoDB 4.4 and later: `s` is the level, `c` the component. */
export const mongodb: Shape = (draft, object) => {
  if (objectIn(object, 't')?.$date === undefined) return draft;
  const severity = severityOfLevelValue(object.s);
  if (severity !== undefined) {
    setField(draft, 'severityNumber', severity);
    drop(draft, object, 's');
  }
  const component = textIn(object, 'c');
  if (component === undefined) return draft;
  setField(draft, 'component', component);
  drop(draft, object, 'c');
  return draft;
};

/** The error log of MySQL 8 in JSON: `label` is the level. */
export const mysql: Shape = (draft, object) => {
  const severity = severityOfLevelValue(object.label);
  if (severity === undefined || draft.severityNumber) return draft;
  draft.severityNumber = severity;
  drop(draft, object, 'label');
  return draft;
};
