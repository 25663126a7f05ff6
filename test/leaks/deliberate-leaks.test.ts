// The search for leaks finds what it must: every kind of secret, in every form, from every stream of a program that
// is made to leak.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startOceanBaseApi } from '../../src/demo/oceanbase/oceanbase-api.ts';
import type { SimulatedApi } from '../../src/demo/simulated-api.ts';
import { createFolder, runProgram, startExporter } from '../support/exporter-process.ts';
import { startInProcess } from '../support/in-process.ts';
import { secret } from '../support/secret.ts';
import { findLeaks } from './find-leaks.ts';
import { type RecordedRun, type RunRecord, readRuns, recordsVariable } from './records.ts';
import { secretsOf } from './secrets-of.ts';
import { shownOf } from './shown-of.ts';

/** Secrets without the marker, so that they are found as what they are. */
const unmarked = (name: string) => secret(name).split('-')[1] ?? '';
const [one, two, three] = [unmarked('one'), unmarked('two'), unmarked('three')];
/** What quotes, escapes and encodings change. */
const odd = 'x7\\Gq"Wm é0Zp<tR9&kL/+=2vB';

const runWith = (kind: RunRecord['kind'], text: string, from = ''): RecordedRun => ({
  args: [],
  env: {},
  testFile: '',
  records: [{ kind, from, text: Buffer.from(text).toString('latin1') }],
});
const runWithEnv = (env: Record<string, string>): RecordedRun => ({ args: [], env, testFile: '', records: [] });
const runWithFile = (path: string, text: string) => runWith('file', text, path);

/** Whether the search finds a text that a run shows. */
const isFound = (run: RecordedRun, shown: string) =>
  findLeaks(`level=debug msg="${shown}" a=1`, secretsOf(run)).length > 0;

const pem = (kind: string, line: string) => `-----BEGIN ${kind}-----\n${line}\n-----END ${kind}-----\n`;
const keyLine = 'MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgBg8R';
const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

describe('a secret is found that was', () => {
  it.each<[what: string, RecordedRun, secrets: string[]]>([
    ['a usual variable', runWithEnv({ TENCENTCLOUD_SECRET_KEY: one, OCEANBASE_ACCESS_KEY_ID: two }), [one, two]],
    ['the password of a proxy', runWithEnv({ HTTPS_PROXY: `http://u:${one}%40@proxy:1` }), [`${one}%40`, `${one}@`]],
    ['a setting', runWithFile('c.yaml', `a: { secret_key: ${one}, token: "${two}", secret_id_env: N }`), [one, two]],
    ['a setting of a broken file', runWithFile('c.yaml', `a:\n  access_key_secret: ${one}\n  b: [\n`), [one]],
    ['the hash of a user', runWithFile('web.yml', `basic_auth_users: { bob: $2y$10$${one} }`), [`$2y$10$${one}`]],
    ['a file', runWithFile('key', `${one}\n`), [one]],
    ['a profile', runWithFile('credentials', `[default]\nsecret_id = ${one}\nsecret_key = ${two}\n`), [one, two]],
    ['a private key', runWithFile('key.pem', pem('PRIVATE KEY', keyLine)), [keyLine]],
    [
      'a TC3 signature',
      runWith('sent', `POST / HTTP/1.1\r\nAuthorization: TC3-HMAC-SHA256 Credential=${one}/d, Signature=${two}\r\n`),
      [one, two],
    ],
    ['a session token', runWith('sent', `POST / HTTP/1.1\r\nX-TC-Token: ${one}\r\n\r\n`), [one]],
    [
      'a Digest answer',
      runWith('sent', `authorization: Digest nonce="${one}", cnonce="${two}", response="${three}"\r\n`),
      [one, two, three],
    ],
    ['the password of a client', runWith('asked', basic(`bob:${one}:w`)), [`${one}:w`]],
    [
      'a member of an answer',
      runWith('received', `{"DEKCipherTextBlob":"${one}","TmpSecretKey":"${two}","CAUrl":"${three}"}`),
      [one, two, three],
    ],
    ['a challenge', runWith('received', `WWW-Authenticate: Digest nonce="${one}", opaque="${two}"\r\n`), [one, two]],
    ['shown by half', runWithFile('key', `AKID${one}${two}`), [`${one}${two}`.slice(0, 18)]],
  ])('%s', (_, run, secrets) => {
    for (const text of secrets) expect({ text, found: isFound(run, text) }).toEqual({ text, found: true });
  });

  it.each<[form: string, (text: string) => string]>([
    ['shown as it is', (text) => text],
    ['shown as JSON', JSON.stringify],
    ['shown as JSON in JSON', (text) => JSON.stringify(JSON.stringify(text))],
    ['shown as Node inspects an object', (text) => inspect({ deep: { text } })],
    ['shown as a label value', (text) => `a{b="${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"} 1`],
    ['shown as HTML', (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')],
    ['percent-encoded', encodeURIComponent],
    ['a form field', (text) => new URLSearchParams({ text }).toString()],
    ['base64', (text) => Buffer.from(text).toString('base64')],
    ['base64 after one character', (text) => Buffer.from(`:${text}`).toString('base64')],
    ['base64 after two characters', (text) => Buffer.from(`u:${text}.`).toString('base64')],
    ['base64url', (text) => Buffer.from(text).toString('base64url')],
    ['hex', (text) => Buffer.from(text).toString('hex')],
    ['hex in upper case', (text) => Buffer.from(text).toString('hex').toUpperCase()],
    ['escaped where it is not ASCII', (text) => text.replaceAll('é', String.raw`\u00e9`)],
    ['on two lines', (text) => `${text.slice(0, 9)}\n    ${text.slice(9)}`],
    ['in two strings', (text) => `'${text.slice(0, 9)}' +\n  '${text.slice(9)}'`],
  ])('%s', (_, form) => {
    for (const text of [odd, one]) expect(isFound(runWithFile('key', text), form(text))).toBe(true);
    // Without being known, by the marker of all secrets in tests.
    expect(isFound(runWithEnv({}), form('xPLANTED-y'))).toBe(true);
  });

  it.each([
    'Authorization: Bearer x',
    `{ headers: { authorization: 'x' } }`,
    'TC3-HMAC-SHA256 Credential=',
    'Digest username="u"',
    'DEKCipherTextBlob',
  ])('never to be shown at all: %s', (text) => {
    expect(isFound(runWithEnv({}), text)).toBe(true);
  });
});

describe('nothing is found', () => {
  it.each<[what: string, RecordedRun, shown: string]>([
    ['in other text', runWithFile('key', odd), 'listening on 127.0.0.1:10043'],
    [
      'of names of variables and files',
      runWithFile('c.yaml', `secret_key_env: ${one}\nsecret_key_file: ${two}`),
      one + two,
    ],
    ['of certificates', runWithFile('ca.pem', pem('CERTIFICATE', keyLine)), keyLine],
    ['of other variables', runWithEnv({ PATH: one, TENCENTCLOUD_REGION: two, TOKEN_FILE: three }), one + two + three],
    ['of other members of answers', runWith('received', `{"KeyId":"${one}","SSLEnabled":true}`), one],
  ])('%s', (_, run, shown) => {
    expect(isFound(run, shown)).toBe(false);
  });

  it('of the secret itself in what is reported', () => {
    const leaks = findLeaks(`key ${one}`, [{ value: one, from: 'x' }]);
    expect([leaks.length, JSON.stringify(leaks).includes(one)]).toEqual([1, false]);
  });
});

const channels = ['log', 'stdout', 'header', 'gzip'] as const;
const keyOf = Object.fromEntries(channels.map((name) => [name, unmarked(`key of a leaky program: ${name}`)])) as Record<
  (typeof channels)[number],
  string
>;
const variable = unmarked('variable of a leaky program');

const everyAnswer = `
import { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
const end = ServerResponse.prototype.end;
ServerResponse.prototype.end = function (...args) {
  if (!this.headersSent) {
    this.setHeader('x', '${keyOf.header}');
    this.setHeader('content-encoding', 'gzip');
    this.removeHeader('content-length');
    args[0] = gzipSync('x ${keyOf.gzip} y');
  }
  return end.apply(this, args);
};`;
const everyCall = (statement: string) => `
import diagnostics from 'node:diagnostics_channel';
diagnostics.subscribe('http.client.response.finish', ({ request, response }) => { ${statement} });`;

describe('a program', () => {
  let folder: Awaited<ReturnType<typeof createFolder>>;
  let api: SimulatedApi;
  let config: string;
  let folders = 0;

  beforeAll(async () => {
    folder = await createFolder();
    const instances = [{ id: 'ob1', ssl: { enableSSL: 'OPEN', caUrl: 'https://ca.example.com/bundle.pem' } }];
    const accessKeyId = 'id-of-a-leaky-program';
    api = await startOceanBaseApi({ accessKeyId, accessKeySecret: keyOf.log, instances });
    const accounts = channels.map((name) => {
      const credentials = `access_key_id: ${accessKeyId}, access_key_secret_file: key-${name}`;
      return `  ${name}: { provider: oceanbase, endpoint: "${api.url}", ${credentials} }\n`;
    });
    for (const name of channels) await folder.write(`key-${name}`, `${keyOf[name]}\n`);
    // An account without an instance does not read its secrets.
    const watched = channels.map((name) => `  - { account: ${name}, id: ob1 }\n`);
    config = await folder.write('config.yaml', `accounts:\n${accounts.join('')}instances:\n${watched.join('')}`);
  });
  afterAll(async () => {
    await api.close();
    await folder.remove();
  });

  async function recordsFolder(): Promise<string> {
    const records = join(folder.path, `records-${folders++}`);
    await mkdir(records);
    return records;
  }

  /** Runs an exporter into which a script was put. @returns what leaked */
  async function leaksWith(script: string): Promise<string[]> {
    const records = await recordsFolder();
    const preload = await folder.write(`preload-${folders}.mjs`, script);
    const env = { NODE_OPTIONS: `--import=${preload}`, OCEANBASE_ACCESS_KEY_SECRET: variable };
    const exporter = await startExporter({ config, env, records });
    for (const path of ['/metrics', '/', '/-/healthy']) await (await fetch(exporter.url + path)).text();
    await exporter.stop();
    return readRuns(records).flatMap((run) => findLeaks(shownOf(run), secretsOf(run)).map(({ what }) => what));
  }

  it('that is unchanged leaks nothing', async () => {
    expect(await leaksWith('')).toEqual([]);
  });

  it('that leaks by its log, stdout, headers and compressed answers is found out', async () => {
    const leaks = await leaksWith(`${everyAnswer}
      console.error('the key is ${keyOf.log}', process.env, 'https://ca.example.com/bundle.pem');
      console.log(JSON.stringify({ key: '${keyOf.stdout}' }));`);

    const files = channels.map((name) => `the file key-${name}`);
    const others = ['the environment variable OCEANBASE_ACCESS_KEY_SECRET', 'caUrl of an answer'];
    expect(leaks).toEqual(expect.arrayContaining([...files, ...others]));
  });

  it.each([
    ['its Authorization header', 'const sent = request.getHeader("authorization"); if (sent) console.error(sent)'],
    ['its Digest response alone', 'console.error(/response="(.*?)"/.exec(request.getHeader("authorization"))?.[1])'],
    // The answer to a challenge repeats its nonce.
    ['the nonce of a challenge', 'console.error(/nonce="(.*?)"/.exec(response.headers["www-authenticate"])?.[1])'],
  ])('that logs %s is found out', async (_, statement) => {
    expect(await leaksWith(everyCall(statement))).toContain('an Authorization header sent');
  });

  it('inside a test is recorded as a process is: what it was given, its log and its answers', async () => {
    const records = await recordsFolder();
    vi.stubEnv(recordsVariable, records);
    const file = await folder.write(
      'given.yaml',
      `accounts: { a: { provider: oceanbase, access_key_id: ${one},
      access_key_secret: ${two} } }`,
    );
    const exporter = await startInProcess({ config: file, env: { HTTPS_PROXY: `http://u:${three}@127.0.0.1:1` } });
    for (const path of ['/metrics', '/', '/-/healthy']) await (await fetch(exporter.url + path)).text();
    await exporter.stop();
    const [run] = readRuns(records);

    expect(run && secretsOf(run).map(({ value }) => value)).toEqual(expect.arrayContaining([one, two, three]));
    for (const part of [
      /msg="stopped"/,
      /^X-Content-Type-Options: nosniff\r$/m,
      /^clouddb_exporter_instances/m,
      /<h1>/,
    ]) {
      expect(run && shownOf(run)).toMatch(part);
    }
  });

  it('has its file of --output searched, too', async () => {
    const records = await recordsFolder();
    vi.stubEnv(recordsVariable, records);
    await runProgram(['scrape', `--config.file=${config}`, `--output=${join(folder.path, 'out.prom')}`]);

    expect(readRuns(records).map(shownOf).join('')).toContain('clouddb_check_success');
  });
});
