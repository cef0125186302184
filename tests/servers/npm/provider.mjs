// An identity provider for the tests: npm's oidc-provider with its built-in login and consent pages.
//
//   node provider.mjs SETTINGS.json
//
// Settings: name, host, port, faults (file), jwks, client {client_id, client_secret, redirect_uris}, twoPages. Any login
// is accepted, with any password; the person's claims are derived from the login and the provider's name. With twoPages
// the name is asked for on one page, the password on the next, and the consent on a third. tokenSeconds: how long an
// access token lives. accepts: what it accepts and must refuse (client, redirect_uri, secret, code, token). With pairwise,
// a salt, a client may have subs of its own. further: clients beside that one, each by what differs.
import { createHash, webcrypto } from 'node:crypto';
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
  clients: [{}, ...(settings.further ?? [])].map((further) => ({
    grant_types: ['authorization_code'],
    response_types: ['code'],
    token_endpoint_auth_method: 'client_secret_post',
    ...settings.client,
    ...further,
  })),
  jwks: settings.jwks,
  features: { devInteractions: { enabled: true } },
  pkce: { required: () => false }, // the hub sends none to its providers
  conformIdTokenClaims: false, // the hub reads the identity from the id_token too
  claims: { openid: ['sub'], email: ['email'], profile: ['given_name', 'family_name', 'name'] },
  cookies: { keys: [settings.client.client_secret] },
  ttl: { AccessToken: settings.tokenSeconds ?? 3600 },
  clockTolerance: settings.accepts?.includes('token') ? 86_400 : 0,
  async findAccount(ctx, login) {
    return { accountId: login, claims: async () => claimsOf(login) };
  },
  subjectTypes: settings.pairwise ? ['public', 'pairwise'] : ['public'],
  pairwiseIdentifier(ctx, accountId, client) {
    return createHash('sha256').update(`${settings.pairwise} ${client.sectorIdentifier} ${accountId}`).digest('hex');
  },
});
const { AuthorizationCode, Client } = provider;
const wrong = {
  client: () => {
    const find = Client.find.bind(Client);
    Client.find = (id) => find(settings.client.client_id, id);
  },
  redirect_uri: () => { Client.prototype.redirectUriAllowed = () => true; },
  secret: () => { Client.prototype.compareClientSecret = () => true; },
  code: () => { AuthorizationCode.prototype.consume = async () => {}; },
};
for (const each of settings.accepts ?? []) wrong[each]?.();
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
  refused: (request, response) => response.writeHead(429, { 'content-type': 'text/html' }).end('<!doctype html><title>429</title>'),
  blank: (request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>-</title>'),
};

async function formOf(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
}

function page(response, title, uid, step, fields) {
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
  response.end(`<!doctype html><title>${title}</title><h1>${title}</h1>
    <form id="${step}" method="post" action="/interaction/${uid}/${step}">${fields}<button>Suite</button></form>`);
}

const escaped = (text) => text.replace(/[^A-Za-z0-9@.-]/g, (character) => `&#${character.codePointAt(0)};`);

async function ownPages(request, response) {
  const [, , uid, step] = request.url.split('?')[0].split('/');
  const details = await provider.interactionDetails(request, response);
  const form = request.method === 'POST' ? await formOf(request) : undefined;
  if (form === undefined) {
    if (details.prompt.name === 'login') return page(response, 'Identifiant', uid, 'name', '<input name="login">');
    return page(response, 'Consentement', uid, 'agree', '');
  }
  if (step === 'name') {
    const name = `<input type="hidden" name="login" value="${escaped(form.get('login') ?? '')}">`;
    return page(response, 'Mot de passe', uid, 'password', `${name}<input type="password" name="password">`);
  }
  if (step === 'password') {
    return provider.interactionFinished(request, response, { login: { accountId: form.get('login') } });
  }
  const grant = new provider.Grant({ accountId: details.session.accountId, clientId: details.params.client_id });
  grant.addOIDCScope(details.params.scope);
  return provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } });
}

const serve = provider.callback();
function handle(request, response) {
  const path = request.url.split('?')[0];
  const usual = settings.twoPages && path.startsWith('/interaction/') ? ownPages : serve;
  const action = actions[faultOf(path)] ?? usual;
  Promise.resolve(action(request, response)).catch((error) => {
    console.error(error);
    if (!response.headersSent) response.writeHead(500).end();
  });
}

createServer(handle).listen(settings.port, settings.host, () => console.log(`${settings.name} is ${issuer}`));
