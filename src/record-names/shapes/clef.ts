import { setBeside } from '../../log/json.ts';
import { renderTemplate, valuesOf } from './message-template.ts';
import { attributesOf, drop, type Shape, setField, textIn } from './shape.ts';

/** Serilog: its compact format (`@mt` and the values beside it), and its older one (`MessageTemplate` and `Properties`). */
export const clef: Shape = (draft, object) => {
  const key = typeof object['@mt'] === 'string' ? '@mt' : 'MessageTemplate';
  const template = textIn(object, key);
  if (template === undefined) return draft;
  const known = ['@m', 'RenderedMessage'].find((name) => textIn(object, name) !== undefined);
  const rendered =
    known === undefined ? renderTemplate(template, valuesOf(object), object['@r']) : textIn(object, known);
  if (draft.message !== rendered) setField(draft, 'message', rendered);
  if (known === 'RenderedMessage') drop(draft, object, known);
  drop(draft, object, key);
  if (template !== draft.message) setBeside(attributesOf(draft), 'messageTemplate', template);
  return draft;
};
