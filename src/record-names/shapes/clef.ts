import { setBeside } from '../../log/json.ts';
import { renderTemplate, valuesOf } from './message-template.ts';
import { attributesOf, type Shape, taken, textIn } from './shape.ts';

/** Serilog: its compact format (`@mt` and the values beside it), and its older one (`MessageTemplate` and `Properties`). */
export const clef: Shape = (draft, object) => {
  const key = typeof object['@mt'] === 'string' ? '@mt' : 'MessageTemplate';
  const template = textIn(object, key);
  if (template === undefined) return draft;
  const rendered = textIn(object, '@m') ?? textIn(object, 'RenderedMessage');
  draft.message = rendered ?? renderTemplate(template, valuesOf(object), object['@r']);
  for (const known of [key, '@r', 'RenderedMessage']) taken(draft, known);
  if (template !== draft.message) setBeside(attributesOf(draft), 'messageTemplate', template);
  return draft;
};
