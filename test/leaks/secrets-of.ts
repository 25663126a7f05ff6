// What is secret in a run: all that it was given as a secret, and all that it sent or received as one.
import { basename } from 'node:path';
import { isCollection, isScalar, parseAllDocuments, visit } from 'yaml';
import { providers } from '../../src/providers/index.ts';
import { secretMarker } from '../support/secret.ts';
import { connectionsOf, type RecordedRun } from './records.ts';

/** Something that must not be shown. */
export interface Secret {
  value: string;
  /** For people. */
  from: string;
}

/** Names of settings, variables and members that hold secrets; ids of credentials are taken for secrets, too. */
const secretName = /secret|token|passw|access_?key|credential|private_?key|DEKCipherTextBlob|CAUrl/i;
/** Variables of the providers' credentials, ids included. */
const credentialVariables = new Set(providers.flatMap(({ credentials }) => credentials.map(({ env }) => env)));
/** Names of settings that hold only the place of the secret. */
const innocentName = /_(?:env|file|url)$/i;

/** All secrets of a run; a value may come more than once. */
export function secretsOf(run: RecordedRun): Secret[] {
  return [...givenSecretsOf(run), ...metSecretsOf(run)];
}

/** What the run was given: by its command line, its environment and the files that it read. */
export function givenSecretsOf({ args, env, records }: RecordedRun): Secret[] {
  return [
    ...args.flatMap((arg) => secretsOfUrl(arg, 'the command line')),
    ...Object.entries(env).flatMap(([name, value]) => secretsOfVariable(name, value)),
    ...records
      .filter(({ kind }) => kind === 'file')
      .flatMap(({ from, text }) => secretsOfFile(from, Buffer.from(text, 'latin1').toString())),
  ].filter(({ value }) => value !== '');
}

/** What a run produced or received: proofs that were sent, and secrets of clouds and clients. */
function metSecretsOf({ records }: RecordedRun): Secret[] {
  return [
    ...connectionsOf(records, 'sent').flatMap(({ text }) => secretsOfHeaders(text, 'sent')),
    ...connectionsOf(records, 'received').flatMap(({ text }) => secretsOfAnswers(text)),
    ...records
      .filter(({ kind }) => kind === 'asked')
      .flatMap(({ text }) => secretsOfAuthorization(text, 'of a client')),
  ];
}

function secretsOfVariable(name: string, value: string): Secret[] {
  const from = `the environment variable ${name}`;
  const isSecret = credentialVariables.has(name) || secretName.test(name);
  const isPlace = /_(?:FILE|PATH|URL|URI|ENDPOINT|REGION|ARN|NAME|PROVIDER_ID|ROLE)$/.test(name);
  // A variable that a configuration names may have any name: its value has the marker.
  if ((isSecret && !isPlace) || value.includes(secretMarker)) return [{ value: value.trim(), from }];
  return secretsOfUrl(value, from);
}

/** The password of each URL in a text, as it is written and as it is meant. */
function secretsOfUrl(text: string, from: string): Secret[] {
  return [...text.matchAll(/\b[a-z][a-z+.-]*:\/\/[^\s/@:]*:([^\s/@]+)@/gi)].flatMap(([, password = '']) => [
    { value: password, from: `a password of a URL in ${from}` },
    { value: decoded(password), from: `a password of a URL in ${from}` },
  ]);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Headers that prove an identity. */
function secretsOfHeaders(text: string, direction: string): Secret[] {
  return [...text.matchAll(/^((?:proxy-)?authorization|[\w-]*token[\w-]*|cookie):[ \t]*(.*?)\r?$/gim)].flatMap(
    ([, name = '', value = '']) =>
      /authorization/i.test(name)
        ? secretsOfAuthorization(value, direction)
        : [{ value, from: `the header ${name} that was ${direction}` }],
  );
}

/** The value of an Authorization header and the parts of it that are proofs. */
function secretsOfAuthorization(value: string, direction: string): Secret[] {
  const from = `an Authorization header ${direction}`;
  const parts = [...value.matchAll(/\b(?:Credential=([^/]+)|Signature=(\w+)|(?:c?nonce|response|opaque)="([^"]+)")/g)]
    .flatMap(([, id, signature, proof]) => [id, signature, proof])
    .filter((part) => part !== undefined);
  const basic = /^Basic +(\S+)/i.exec(value)?.[1];
  if (basic !== undefined) {
    const password = Buffer.from(basic, 'base64').toString().split(/:(.*)/s)[1] ?? '';
    parts.push(basic, password);
  }
  const bearer = /^Bearer +(\S+)/i.exec(value)?.[1];
  if (bearer !== undefined) parts.push(bearer);
  return [value, ...parts].map((part) => ({ value: part, from }));
}

/** Secret members of JSON answers, and the nonces of challenges. */
function secretsOfAnswers(text: string): Secret[] {
  const members = [...text.matchAll(/"(\w+)"\s*:\s*"((?:[^"\\]|\\.)*)"/g)]
    .filter(([, name = '']) => secretName.test(name))
    .map(([, name = '', value = '']) => ({ value: JSON.parse(`"${value}"`) as string, from: `${name} of an answer` }));
  const nonces = [...text.matchAll(/\b(?:next)?(?:nonce|opaque)="([^"]+)"/g)].map(([, value = '']) => ({
    value,
    from: 'a challenge',
  }));
  return [...members, ...nonces];
}

function secretsOfFile(path: string, text: string): Secret[] {
  const keys = privateKeysOf(path, text);
  if (/\.ya?ml$/.test(path)) return [...keys, ...secretsOfYaml(path, text)];
  if (text.includes('-----BEGIN') || /\.(?:pem|crt|cer)$/.test(path)) return keys;
  if (/^\s*\{/.test(text) || /^\s*\[\w/.test(text)) {
    return [...text.matchAll(/["']?(\w+)["']?\s*[:=]\s*["']?([^"'\s,}]+)/g)]
      .filter(([, name = '']) => secretName.test(name) && !innocentName.test(name))
      .map(([, name = '', value = '']) => ({ value, from: `${name} in ${basename(path)}` }));
  }
  return text.split('\n').map((line) => ({ value: line.trim(), from: `the file ${basename(path)}` }));
}

/** The lines of private keys, but for last ones that are short. */
function privateKeysOf(path: string, text: string): Secret[] {
  return [...text.matchAll(/-----BEGIN [A-Z ]*PRIVATE KEY-----([^-]+)-----END/g)]
    .flatMap(([, key = '']) => key.split('\n').map((line) => line.trim()))
    .filter((line) => line.length >= 32)
    .map((value) => ({ value, from: `the private key in ${basename(path)}` }));
}

/** Secret settings of a configuration; those of one that is broken bear the marker. */
function secretsOfYaml(path: string, text: string): Secret[] {
  const secrets: Secret[] = secretsOfUrl(text, basename(path));
  for (const document of parseAllDocuments(text, { logLevel: 'silent' })) {
    visit(document, {
      Pair(_, { key, value }) {
        const name = isScalar(key) ? String(key.value) : '';
        if (name === 'basic_auth_users' && isCollection(value)) {
          secrets.push(...scalarsOf(value).map((hash) => ({ value: hash, from: `${name} in ${basename(path)}` })));
        }
        if (secretName.test(name) && !innocentName.test(name) && isScalar(value) && typeof value.value === 'string') {
          secrets.push({ value: value.value.trim(), from: `${name} in ${basename(path)}` });
        }
      },
    });
  }
  return secrets;
}

/** The values of a map. */
function scalarsOf(collection: unknown): string[] {
  const found: string[] = [];
  visit(collection as Parameters<typeof visit>[0], {
    Scalar(place, { value }) {
      if (place === 'value' && typeof value === 'string') found.push(value);
    },
  });
  return found;
}
