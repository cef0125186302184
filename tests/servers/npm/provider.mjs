// An identity provider for the tests: npm's oidc-provider with its built-in login and consent pages.
//
//   node provider.mjs SETTINGS.json
//
// Settings: name, host, port, faults (file), jwks, client {client_id, client_secret, redirect_uris}. Any login is
// accepted, with any password; the person's claims are derived from the login and the provider's name.
import { webcrypto } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

import { Provider } from 'oidc-provider';

// What oidc-provider uses and Debian 12's own Node.js 18 lacks.
globalThis.crypto ??= webcrypto;
URL.parse ??= (text, base) => {
  try {
    return new URL(text, base);
  } catch {
    return null;
  }
};

const settings = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const issuer = `http://${settings.host}:${settings.port}`;

function claimsOf(login) {
  return {
    sub: login, // oidc-provider holds it to be the account's own id
    email: `${login}@${settings.name}.test`,
    given_name: 'Camille',
    family_name: login.toUpperCase(),
    name: `Camille ${login.toUpperCase()}`,
  };
}

const provider = new Provider(issuer, {
  clients: [{
    grant_types: ['authorization_code'],
    response_types: ['code'],
    token_endpoint_auth_method: 'client_secret_post',
    ...settings.client,
  }],
  jwks: settings.jwks,
  features: { devInteractions: { enabled: true } },
  pkce: { required: () => false }, // the hub sends none to its providers
  conformIdTokenClaims: false, // the hub reads the identity from the id_token too
  claims: { openid: ['sub'], email: ['email'], profile: ['given_name', 'family_name', 'name'] },
  cookies: { keys: [settings.client.client_secret] },
  async findAccount(ctx, login) {
    return { accountId: login, claims: async () => claimsOf(login) };
  },
});
provider.on('server_error', (ctx, error) => console.error(error));

function faultOf(path) {
  for (const line of readFileSync(settings.faults, 'utf8').split('\n')) {
    const [faulty, action] = line.split(' ');
    if (faulty === path) return action;
  }
  return undefined;
}

function hang(request, response) {
  const path = request.url.split('?')[0];
  const poll = setInterval(() => {
    if (request.socket.destroyed) clearInterval(poll);
    else if (faultOf(path) !== 'hang') {
      clearInterval(poll);
      handle(request, response);
    }
  }, 50);
}

const actions = {
  hang,
  error: (request, response) => response.writeHead(500, { 'content-type': 'text/plain' }).end('broken on purpose'),
  unavailable: (request, response) => response.writeHead(503, { 'content-type': 'text/html' }).end('<!doctype html><title>503</title>'),
  garbage: (request, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{"not": json'),
  blank: (request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>-</title>'),
};

const serve = provider.callback();
function handle(request, response) {
  const action = actions[faultOf(request.url.split('?')[0])] ?? serve;
  action(request, response);
}

createServer(handle).listen(settings.port, settings.host, () => console.log(`${settings.name} is ${issuer}`));
