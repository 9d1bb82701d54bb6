import type { ComponentChildren } from 'preact';
import './form-field.css';

interface Props {
  name: string;
  label: string;
  /** What is wrong with it. */
  problem: string | null;
  placeholder?: string;
  required?: boolean;
  type?: 'text' | 'password';
  /** Of a field that keeps its own text. */
  initial?: string;
  /** Where the form keeps the text. */
  value?: string;
  onInput?: (value: string) => void;
}

/** A field of a form, with its label above and what is wrong with it below. */
export function FormField({ name, label, problem, placeholder = '', required = false, type = 'text', ...kept }: Props) {
  const id = `field-${name}-problem`;
  return (
    <label class="form-field">
      {label}
      <input
        // Types of Preact know no input that may be of either kind.
        type={type as 'text'}
        name={name}
        placeholder={placeholder}
        required={required}
        autocomplete={type === 'password' ? 'new-password' : 'off'}
        aria-invalid={problem !== null}
        aria-describedby={id}
        {...(kept.initial !== undefined && { defaultValue: kept.initial })}
        {...(kept.value !== undefined && { value: kept.value })}
        {...(kept.onInput && { onInput: (event) => kept.onInput!(event.currentTarget.value) })}
      />
      <FieldProblem id={id}>{problem}</FieldProblem>
    </label>
  );
}

export const FieldProblem = ({ id, children }: { id: string; children: ComponentChildren }) => (
  <span id={id} class="problem" role="alert">
    {children}
  </span>
);
