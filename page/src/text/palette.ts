/** A colour in both themes. */
export interface Colour {
  light: string;
  dark: string;
}

/**
 * For groups that have no colour of their own, the most common first. Each has a contrast of 3 to the grounds of its theme (WCAG AA for
 * graphics), and neighbours differ in hue and lightness; a unit test holds both.
 */
export const GROUP_COLOURS: readonly Colour[] = [
  { light: '#1d64b5', dark: '#6cb2f7' },
  { light: '#c2570c', dark: '#f5933b' },
  { light: '#0f766e', dark: '#2dd4bf' },
  { light: '#be2c7d', dark: '#f47fb8' },
  { light: '#5b7a0a', dark: '#b9d14b' },
  { light: '#6d3fd1', dark: '#b39bff' },
  { light: '#8a5a2b', dark: '#c9a27a' },
  { light: '#0891b2', dark: '#3fa0b8' },
];
/** The rest of the values. */
export const REST_COLOUR: Colour = { light: '#808a93', dark: '#7b858e' };

export const cssColour = ({ light, dark }: Colour): string => `light-dark(${light}, ${dark})`;
