// Requests of an attacker: none makes the exporter call anything that the configuration does not name.
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startOceanBaseApi } from '../../src/demo/oceanbase/oceanbase-api.ts';
import type { SimulatedApi } from '../../src/demo/simulated-api.ts';
import { createFolder, type ExporterProcess, startExporter } from '../support/exporter-process.ts';
import { secret } from '../support/secret.ts';

const accessKeyId = secret('access key id of the hostile requests');
const accessKeySecret = secret('access key secret of the hostile requests');

let folder: Awaited<ReturnType<typeof createFolder>>;
let cloud: SimulatedApi;
/** Where the requests point to: nothing is to arrive there. */
let elsewhere: Server;
let elsewherePort: number;
let connections = 0;
let exporter: ExporterProcess;

beforeAll(async () => {
  folder = await createFolder();
  cloud = await startOceanBaseApi({
    accessKeyId,
    accessKeySecret,
    instances: [{ id: 'ob1', ssl: { enableSSL: 'OPEN' } }],
  });
  elsewhere = createServer((socket) => {
    connections++;
    socket.destroy();
  }).listen(0, '127.0.0.1');
  await once(elsewhere, 'listening');
  const address = elsewhere.address();
  elsewherePort = typeof address === 'object' ? (address?.port ?? 0) : 0;
  const config = await folder.write(
    'config.yaml',
    `accounts:
  main: { provider: oceanbase, endpoint: "${cloud.url}", access_key_id: ${accessKeyId}, access_key_secret: ${accessKeySecret} }
instances: [{ id: ob1, checks: [ssl] }]
`,
  );
  exporter = await startExporter({ config, flags: ['--log.level=debug'] });
});

afterAll(async () => {
  await exporter.stop();
  await cloud.close();
  elsewhere.close();
  await folder.remove();
});

/** Sends bytes over a connection of their own. @returns all that came back until it was closed */
async function send(bytes: string): Promise<string> {
  const socket: Socket = connect(Number(new URL(exporter.url).port), '127.0.0.1');
  let answer = '';
  socket.setEncoding('latin1').on('data', (text: string) => (answer += text));
  // A server may reset the connection after a part of the request.
  socket.on('error', () => undefined);
  socket.write(bytes);
  await once(socket, 'close');
  return answer;
}

const there = () => `127.0.0.1:${elsewherePort}`;
const request = (line: string, ...headers: string[]) =>
  [line, ...(headers.some((header) => /^host:/i.test(header)) ? [] : ['Host: x']), 'Connection: close', ...headers]
    .map((text) => `${text}\r\n`)
    .join('')
    .concat('\r\n');

const requests: [what: string, status: number, bytes: () => string][] = [
  ['an absolute URI', 404, () => request(`GET http://${there()}/anything HTTP/1.1`)],
  ['an absolute URI of the metrics', 200, () => request(`GET http://${there()}/metrics HTTP/1.1`, `Host: ${there()}`)],
  ['another scheme', 404, () => request(`GET ftp://${there()}/x HTTP/1.1`)],
  ['a path with two slashes', 404, () => request(`GET //${there()}/metrics HTTP/1.1`)],
  ['a path with backslashes', 404, () => request(`GET /\\\\${there()}\\metrics HTTP/1.1`)],
  ['a path that climbs', 404, () => request('GET /../../../../etc/passwd HTTP/1.1')],
  ['a path that climbs, encoded', 404, () => request('GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1')],
  ['a path with an encoded null', 404, () => request('GET /metrics%00.html HTTP/1.1')],
  ['a user in front of a host', 400, () => request(`GET @${there()}/metrics HTTP/1.1`)],
  ['a foreign Host', 200, () => request('GET /metrics HTTP/1.1', `Host: ${there()}`)],
  [
    'forwarding headers',
    200,
    () =>
      request(
        'GET /metrics HTTP/1.1',
        `X-Forwarded-Host: ${there()}`,
        `X-Forwarded-For: ${there()}`,
        'X-Forwarded-Proto: http',
        `Forwarded: host=${there()}`,
        `X-Original-URL: http://${there()}/`,
        `X-Rewrite-URL: http://${there()}/`,
      ),
  ],
  ['a target', 200, () => request(`GET /metrics?target=http://${there()}/&module=x HTTP/1.1`)],
  ['a target as a list', 200, () => request(`GET /metrics?target[]=${there()}&endpoint=${there()} HTTP/1.1`)],
  ['an unknown path with a target', 404, () => request(`GET /snmp?target=http://${there()}/ HTTP/1.1`)],
  ['a probe of a URL', 400, () => request(`GET /probe?url=http://${there()}/ HTTP/1.1`)],
  ['a probe of an address', 404, () => request(`GET /probe?target=${there()} HTTP/1.1`)],
  ['targets of another host', 200, () => request('GET /sd HTTP/1.1', `X-Forwarded-Host: ${there()}`)],
  ['a callback', 403, () => request(`POST /-/reload?config.file=http://${there()}/ HTTP/1.1`, 'Content-Length: 0')],
  ['a referrer', 200, () => request('GET / HTTP/1.1', `Referer: http://${there()}/`, `Origin: http://${there()}`)],
  ['TRACE', 405, () => request('TRACE / HTTP/1.1')],
  ['OPTIONS for the server', 404, () => request('OPTIONS * HTTP/1.1')],
  ['CONNECT', 0, () => request(`CONNECT ${there()} HTTP/1.1`)],
  ['an upgrade', 200, () => request('GET / HTTP/1.1', 'Connection: Upgrade', 'Upgrade: websocket')],
  ['huge headers', 431, () => request('GET /metrics HTTP/1.1', `X-Large: ${'x'.repeat(17_000)}`)],
  ['two lengths', 400, () => request('POST / HTTP/1.1', 'Content-Length: 4', 'Transfer-Encoding: chunked')],
  ['no HTTP', 400, () => 'EHLO example.com\r\n\r\n'],
];

describe('only the configured cloud is called, as on any scrape, for', () => {
  it.each(requests)('%s, answered with %i', async (_, status, bytes) => {
    const answer = await send(bytes());

    expect(Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 0)).toBe(status);
    expect(connections).toBe(0);
    expect(answer).not.toContain(there());
    for (const { action, instanceId } of cloud.arrivals) {
      expect({ action, instanceId }).toEqual({ action: 'security/ssl', instanceId: 'ob1' });
    }
  });

  it.each([
    ['the status page', '/'],
    ['the health', '/-/healthy'],
  ])('no cloud at all for %s', async (_, path) => {
    const before = cloud.arrivals.length;
    await send(request(`GET ${path}?target=${there()} HTTP/1.1`));

    expect(cloud.arrivals).toHaveLength(before);
  });

  it('any scrape time-out that a client sends', async () => {
    for (const seconds of ['1e9', '-1', 'NaN', '0', '9'.repeat(400)]) {
      const answer = await send(request('GET /metrics HTTP/1.1', `X-Prometheus-Scrape-Timeout-Seconds: ${seconds}`));
      expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    }
    expect((await fetch(`${exporter.url}/-/healthy`)).status).toBe(200);
  });
});

describe('every answer', () => {
  it.each(['/metrics', '/probe', '/sd', '/', '/instance', '/-/healthy', '/-/ready', '/-/reload', '/nothing', '/%ff'])(
    'of %s is not stored, not sniffed, and not readable by other sites',
    async (path) => {
      const { headers } = await fetch(`${exporter.url}${path}`, { headers: { Origin: 'https://example.com' } });

      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('cache-control')).toBe('no-store');
      expect([...headers.keys()].filter((name) => /^access-control|^server$|^x-powered-by$/.test(name))).toEqual([]);
    },
  );

  it('with HTML in it permits no script, form or frame', async () => {
    const { headers } = await fetch(exporter.url);

    expect(headers.get('content-security-policy')?.split('; ')).toEqual([
      "default-src 'none'",
      expect.stringMatching(/^style-src 'sha256-[\w+/]+='$/),
      "base-uri 'none'",
      "form-action 'self'",
      "frame-ancestors 'none'",
    ]);
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
  });
});
