/** One line of the result: a figure and its aim. */
export function figure(what: string, value: string, aim?: string): void {
  console.log(`${what.padEnd(46)} ${value.padStart(20)}${aim === undefined ? '' : `   (aim: ${aim})`}`);
}

/** A line below a figure. */
export const detail = (text: string): void => console.log(`${''.padEnd(46)} ${text}`);
