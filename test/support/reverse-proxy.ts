// A reverse proxy on loopback that publishes an exporter below a path.
import { createServer, request as plainRequest } from 'node:http';
import { request as secureRequest } from 'node:https';
import type { AddressInfo } from 'node:net';

/** A running proxy. */
export interface ReverseProxy {
  /** `http://127.0.0.1:PORT` */
  url: string;
  close: () => void;
}

/** Publishes `target` below `path`. @param replacement of the path in forwarded requests; by default it stays */
export async function startReverseProxy(
  target: string,
  path: string,
  { replacement = path, ca }: { replacement?: string; ca?: string } = {},
): Promise<ReverseProxy> {
  const send = target.startsWith('https:') ? secureRequest : plainRequest;
  const server = createServer((request, response) => {
    const { url = '', method, headers } = request;
    if (!url.startsWith(path)) {
      response.writeHead(404).end('not below the path of the proxy');
      return;
    }
    const forwarded = `${target}${replacement}${url.slice(path.length)}`;
    send(forwarded, { method, headers, agent: false, ca })
      .once('response', (answer) => answer.pipe(response.writeHead(answer.statusCode ?? 502, answer.headers)))
      .once('error', () => response.writeHead(502).end())
      .end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}
