// The reference for the CPU of a check: calls with axios and the same signature, 64 at a time.
import http from 'node:http';
import { create } from 'axios';
import { signTc3 } from '../../src/providers/tencent/sign.ts';
import { serveRounds } from './serve-rounds.ts';

const [port] = process.argv.slice(2);
const warmUpCalls = 2000;
const calls = 1000;
const concurrency = 64;
const url = new URL(`http://127.0.0.1:${port}/`);
const client = create({ httpAgent: new http.Agent({ keepAlive: true }) });
const actions = ['DescribeDBInstanceSSLConfig', 'DescribeEncryptionKeys'] as const;
const contentType = 'application/json';

async function call(index: number): Promise<void> {
  const body = JSON.stringify({ DBInstanceId: `postgres-${index}` });
  const timestamp = Math.floor(Date.now() / 1000);
  const authorization = signTc3({
    secretId: 'id',
    secretKey: 'key',
    service: 'postgres',
    timestamp,
    method: 'POST',
    query: '',
    headers: { 'content-type': contentType, host: url.host },
    body,
  });
  const { data } = await client.post<{ Response?: unknown }>(url.href, body, {
    headers: {
      Authorization: authorization,
      'Content-Type': contentType,
      'X-TC-Action': actions[index % 2],
      'X-TC-Version': '2017-03-12',
      'X-TC-Timestamp': String(timestamp),
      'X-TC-Region': 'ap-guangzhou',
    },
  });
  if (data.Response === undefined) throw new Error('the API did not answer');
}

async function run(count: number): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < count) await call(next++);
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
}

await run(warmUpCalls);
serveRounds(() => run(calls), calls);
