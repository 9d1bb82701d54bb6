import { Dialog } from '../dialog.tsx';
import './help-card.css';

const EXAMPLES: readonly [text: string, meaning: string][] = [
  ['timed out', 'both words, anywhere in the message'],
  ['"timed out"', 'the phrase'],
  ['level:>=warning', 'this level or a higher one'],
  ['service:billing level:error', 'terms side by side must all be true'],
  ['(timeout OR refused) -healthcheck', 'OR, parentheses, and - or NOT for the opposite'],
  ['durationMs:>500', 'a comparison: > >= < <=, also durations like 1.5s'],
  ['http.status:[500 TO 599]', 'a range with both ends'],
  ['component:pay*', 'the value begins with pay'],
  ['stackTrace:*InvoiceService*', 'the value contains it'],
  ['userId:*', 'there is a value; -userId:* there is none'],
  ['attributes.region:eu', 'an attribute; attributes.a.b is b in a'],
  ['text:InvoiceService', 'anywhere: message, fields, attributes. It reads all text, so it takes longer'],
  ['llm.model:gpt* llm.costUsd:>0.01', 'calls of language models'],
];

interface Props {
  onUse: (text: string) => void;
  onClose: () => void;
}

/** What can be searched. A click on an example searches it. */
export function HelpCard({ onUse, onClose }: Props) {
  return (
    <Dialog title="What can be searched" onClose={onClose} class="help-card">
      <table>
        <tbody>
          {EXAMPLES.map(([text, meaning]) => (
            <tr key={text}>
              <td>
                <button type="button" class="plain mono" title="Search this" onClick={() => onUse(text)}>
                  {text}
                </button>
              </td>
              <td>{meaning}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="quiet">
        Words without a field are searched in the message; A-Z and a-z are equal there. Values of fields are compared
        exactly. A name with a colon that is no field is text. Values with spaces or signs stand in quotes.
      </p>
      <p class="quiet">
        In the box: ↑ and ↓ choose a suggestion, Enter or Tab takes it, Escape closes the list. Enter searches.
      </p>
    </Dialog>
  );
}
