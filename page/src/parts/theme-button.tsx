import { THEMES, theme } from '../state/theme.ts';

const SIGNS = { system: '◐', light: '☀', dark: '☾' };

/** Goes through the themes: the system's, light, dark. */
export function ThemeButton() {
  const next = THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length]!;
  return (
    <button
      type="button"
      class="plain"
      title={`Theme: ${theme.value}`}
      aria-label={`Theme: ${theme.value}. Change to ${next}`}
      onClick={() => {
        theme.value = next;
      }}
    >
      {SIGNS[theme.value]}
    </button>
  );
}
