/** Sets this on the window where a text of a record is run. */
export const MARK = 'hostileTextRan';
const RUN = `window.${MARK}=1`;

/** What a record may say that a page must only show. Each by what it is. */
export const HOSTILE_TEXTS: Readonly<Record<string, string>> = {
  script: `<script>${RUN}</script>`,
  image: `<img src=x onerror="${RUN}">`,
  'end of an attribute': `"'><svg onload=${RUN}><b style="position:fixed;inset:0">`,
  'end of a title': `</title></textarea></style></script><script>${RUN}</script>`,
  'a link that runs': `javascript:${RUN}`,
  'a link to data': `data:text/html,<script>${RUN}</script>`,
  template: `{{constructor.constructor('${RUN}')()}} \${${RUN}} <%= ${RUN} %>`,
  'right to left': '\u202egpj.exe\u202c \u2066\u2067x\u2069 \u200f\u061c',
  'colours of a terminal': '\u001b[31;1mred\u001b[0m \u001b[38;5;999mx \u001b[48;2;300;1;1my \u001b[999999999m \u001b[',
  'a link of a terminal': `\u001b]8;;javascript:${RUN}\u0007a link\u001b]8;;\u0007`,
  'signs that cannot be seen': 'a\u0000b\u0008c\u0007d\u000be\u007ff\u0085g\u2028h\u2029i\ufeffj\u200bk',
  'a half of a sign': 'a\ud800b\udc00c',
  'one long word': 'W'.repeat(20_000),
  'many marks on a sign': `Z${'\u0301'.repeat(2_000)}`,
  'many lines': 'line\n'.repeat(2_000),
  'words of JavaScript': '__proto__ constructor toString hasOwnProperty',
  'a search': 'level:error) OR "x\\" -service:* attributes."a',
  'an address': 'https://hostile.invalid/x.png?a=<b>&c="',
};
