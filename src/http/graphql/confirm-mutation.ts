/**
 * A script of the GraphiQL page. A link can fill in a mutation, and GraphiQL keeps it in its tabs. So one click must not run
 * it: the page asks before it sends a mutation, once for each text. Without the word `mutation` a document has none.
 */
export const CONFIRM_MUTATION = `{
  const send = window.fetch.bind(window);
  const confirmed = new Set();
  const SHOWN_MAX = 600;
  window.fetch = async (input, init) => {
    const body = init && init.body;
    let text = typeof body === 'string' ? body : body ? 'mutation' : '';
    try {
      text = JSON.parse(text).query;
    } catch {}
    if (/\\bmutation\\b/.test(text) && !confirmed.has(text)) {
      const shown = text.length > SHOWN_MAX ? text.slice(0, SHOWN_MAX) + '...' : text;
      if (!window.confirm('This document can change the records of this server. Run it?\\n\\n' + shown)) {
        const errors = [{ message: 'The mutation was not sent: it was not confirmed.' }];
        return new Response(JSON.stringify({ errors }), { headers: { 'content-type': 'application/json' } });
      }
      confirmed.add(text);
    }
    return send(input, init);
  };
}`;
