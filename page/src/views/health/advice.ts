import troubleshooting from '../../../../docs/troubleshooting.md?raw';

/** The sections of docs/troubleshooting.md, by their headings: the codes of problems. */
const SECTIONS = new Map(
  troubleshooting.split(/^##+ /m).map((section): [string, string] => {
    const [heading = '', ...lines] = section.split('\n');
    return [heading.trim(), lines.join('\n').trim()];
  }),
);

/** What docs/troubleshooting.md says of a problem, as Markdown. Undefined for a code of a newer server. */
export const adviceFor = (code: string): string | undefined => SECTIONS.get(code);
