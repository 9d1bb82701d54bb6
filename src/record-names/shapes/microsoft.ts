import { severityOfWindows } from '../../log/level.ts';
import { drop, objectIn, type Shape, textIn } from './shape.ts';

/** Events of Windows, as PowerShell, nxlog and Fluent Bit write them: `Level` is a number where no name stands beside it. */
export const windows: Shape = (draft, object) => {
  const { Level: level } = object;
  const severity = typeof level === 'number' ? severityOfWindows(level) : undefined;
  if (severity === undefined || draft.severityNumber) return draft;
  draft.severityNumber = severity;
  drop(draft, object, 'Level');
  return draft;
};

/** Resource logs of Azure. A name may be text, or an object with `value`. */
export const azure: Shape = (draft, object) => {
  const operation = nameIn(object, 'operationName');
  const category = nameIn(object, 'category');
  if (operation === undefined && category === undefined) return draft;
  const severity = severityOfWindows(Number(object.level));
  if (draft.severityNumber === undefined && severity !== undefined) {
    draft.severityNumber = severity;
    drop(draft, object, 'level');
  }
  if (category && !draft.component) {
    draft.component = category;
    drop(draft, object, 'category');
  }
  if (operation && !draft.action) {
    draft.action = operation;
    drop(draft, object, 'operationName');
  }
  if (!draft.message) draft.message = textIn(object, 'resultDescription') ?? operation;
  draft.service ??= textIn(object, 'resourceId')?.split('/').at(-1) || undefined;
  return draft;
};

const nameIn = (object: Parameters<Shape>[1], key: string): string | undefined =>
  textIn(object, key) ?? textIn(objectIn(object, key), 'value');
