// The harness itself: an exporter that is made to leak is caught, wherever it leaks.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startOceanBaseApi } from '../../src/demo/oceanbase/oceanbase-api.ts';
import type { SimulatedApi } from '../../src/demo/simulated-api.ts';
import { createFolder, runProgram, startExporter } from '../support/exporter-process.ts';
import { secret } from '../support/secret.ts';
import { findLeaks } from './find-leaks.ts';
import { readRuns } from './records.ts';
import { secretsOf } from './secrets-of.ts';
import { shownOf } from './shown-of.ts';

// Without the marker, so that it is found as what it is.
const key = secret('key of a leaky program').split('-')[1] ?? '';
const variable = secret('variable of a leaky program').split('-')[1] ?? '';

let folder: Awaited<ReturnType<typeof createFolder>>;
let api: SimulatedApi;
let config: string;
let folders = 0;

beforeAll(async () => {
  folder = await createFolder();
  api = await startOceanBaseApi({
    accessKeyId: 'id-of-a-leaky-program',
    accessKeySecret: key,
    instances: [{ id: 'ob1', ssl: { enableSSL: 'OPEN', caUrl: 'https://ca.example.com/bundle.pem' } }],
  });
  await folder.write('key', `${key}\n`);
  config = await folder.write(
    'config.yaml',
    `accounts:
  main:
    provider: oceanbase
    endpoint: ${api.url}
    access_key_id: id-of-a-leaky-program
    access_key_secret_file: key
instances: [{ id: ob1 }]
`,
  );
});

afterAll(async () => {
  await api.close();
  await folder.remove();
});

/** Runs an exporter into which a script was put. @returns what leaked, by what the search says of it */
async function leaksWith(script: string): Promise<string[]> {
  const records = join(folder.path, `records-${folders++}`);
  await mkdir(records);
  const preload = await folder.write(`preload-${folders}.mjs`, script);
  const env = { NODE_OPTIONS: `--import=${preload}`, OCEANBASE_ACCESS_KEY_SECRET: variable };
  const exporter = await startExporter({ config, env, records });
  await (await fetch(`${exporter.url}/metrics`)).text();
  await (await fetch(exporter.url)).text();
  await exporter.stop();
  return readRuns(records).flatMap((run) => findLeaks(shownOf(run), secretsOf(run)).map(({ what }) => what));
}

const keyFile = 'the file key';
const everyAnswer = (statement: string) => `
import { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
const end = ServerResponse.prototype.end;
ServerResponse.prototype.end = function (...args) { ${statement}; return end.apply(this, args); };`;
const everyCall = (statement: string) => `
import diagnostics from 'node:diagnostics_channel';
diagnostics.subscribe('http.client.response.finish', ({ request, response }) => { ${statement} });`;

describe('an exporter that', () => {
  it('is left as it is leaks nothing', async () => {
    expect(await leaksWith('')).toEqual([]);
  });

  it.each([
    ['logs', () => `console.error('the key is ${key}')`, keyFile],
    ['prints', () => `console.log(JSON.stringify({ key: '${key}' }))`, keyFile],
    ['answers with a header of', () => everyAnswer(`this.headersSent || this.setHeader('x', '${key}')`), keyFile],
    [
      'compresses',
      () =>
        everyAnswer(
          `if (!this.headersSent) { this.setHeader('content-encoding', 'gzip'); args[0] = gzipSync('x ${key} y'); ` +
            "this.removeHeader('content-length') }",
        ),
      keyFile,
    ],
  ])('%s a secret from a file is caught', async (_, script, from) => {
    expect(await leaksWith(script())).toContain(from);
  });

  it('shows a variable of its environment is caught', async () => {
    expect(await leaksWith('console.error(process.env)')).toContain(
      'the environment variable OCEANBASE_ACCESS_KEY_SECRET',
    );
  });

  it.each([
    [
      'the Authorization header that it sends',
      'const sent = request.getHeader("authorization"); if (sent) console.error(sent)',
      'an Authorization header sent',
    ],
    [
      'only the response of a digest',
      'console.error(/response="(.*?)"/.exec(request.getHeader("authorization"))?.[1])',
      'an Authorization header sent',
    ],
    [
      'the nonce of a challenge',
      'console.error(/nonce="(.*?)"/.exec(response.headers["www-authenticate"])?.[1])',
      // The answer to a challenge repeats it.
      'an Authorization header sent',
    ],
  ])('logs %s is caught', async (_, statement, from) => {
    expect(await leaksWith(everyCall(statement))).toContain(from);
  });

  it('logs the address of a CA bundle is caught', async () => {
    expect(await leaksWith('console.error("https://ca.example.com/bundle.pem")')).toContain('caUrl of an answer');
  });
});

it('a file that `--output` names is searched, too', async () => {
  const records = join(folder.path, 'records-output');
  await mkdir(records);
  process.env['CLOUDDB_TEST_RECORDS'] = records;
  await runProgram(['scrape', `--config.file=${config}`, `--output=${join(folder.path, 'out.prom')}`]);

  expect(readRuns(records).map(shownOf).join('')).toContain('clouddb_check_success');
});
