import './error-note.css';

interface Props {
  title: string;
  /** The server's own sentence. */
  message: string;
  onRetry?: () => void;
}

/** What went wrong, in place of what should stand there. */
export function ErrorNote({ title, message, onRetry }: Props) {
  return (
    <div class="error-note" role="alert">
      <strong>{title}</strong>
      <p>{message}</p>
      {onRetry && (
        <button type="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}
