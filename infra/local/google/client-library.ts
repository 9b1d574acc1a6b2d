import type { Answer } from './http.ts';

/**
 * Returns what stands in for Google's library for web pages, `https://accounts.google.com/gsi/client`: of it the code
 * client, and of that the pop-up.
 *
 * @param origin where the pop-up's pages lie
 */
export function clientLibrary(origin: string): Answer {
  return {
    status: 200,
    headers: { 'content-type': 'text/javascript; charset=utf-8' },
    body: Buffer.from(`(${library})(window, ${JSON.stringify(origin)});\n`),
  };
}

const library = `(window, origin) => {
  const initCodeClient = ({ client_id, scope, state = '', login_hint = '', callback }) => ({
    requestCode() {
      const query = new URLSearchParams({
        ...{ client_id, scope, state, login_hint },
        ...{ response_type: 'code', redirect_uri: 'postmessage', access_type: 'offline', prompt: 'consent' },
      });
      const popUp = window.open(origin + '/o/oauth2/v2/auth?' + query, '', 'popup,width=500,height=700');
      window.addEventListener('message', function receive(event) {
        if (event.source !== popUp || event.origin !== origin) return;
        window.removeEventListener('message', receive);
        callback(event.data);
      });
    },
  });
  window.google = { accounts: { oauth2: { initCodeClient } } };
}`;
