/**
 * A script of the GraphiQL page. When the server asks for an API key, the page asks the user, and keeps the key in the tab
 * (`sessionStorage` belongs to this origin, port included, and ends with the tab). It sends the key with each request and with
 * `connection_init`. A key that no longer holds is asked for again.
 */
export const KEY_SCRIPT = `{
  const NAME = 'weir.key';
  const UNAUTHENTICATED = 401;
  const send = window.fetch.bind(window);
  const known = () => window.sessionStorage.getItem(NAME);
  const withKey = (init) => {
    const headers = new Headers(init && init.headers);
    if (known()) headers.set('authorization', 'Bearer ' + known());
    return { ...init, headers };
  };
  window.fetch = async (input, init) => {
    const used = known();
    const response = await send(input, withKey(init));
    if (response.status !== UNAUTHENTICATED) return response;
    if (known() === used) {
      const given = (window.prompt('This server needs an API key (weir_...). It is kept in this tab.') || '').trim();
      if (!given) return response;
      window.sessionStorage.setItem(NAME, given);
    }
    return send(input, withKey(init));
  };
  const Native = window.WebSocket;
  window.WebSocket = class extends Native {
    send(text) {
      const message = known() && JSON.parse(text);
      if (!message || message.type !== 'connection_init') return super.send(text);
      super.send(JSON.stringify({ ...message, payload: { ...message.payload, authorization: 'Bearer ' + known() } }));
    }
  };
}`;
