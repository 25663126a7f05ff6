// The metadata service of a CVM and the STS, simulated over HTTP from the vendor's texts: both issue the same credentials.
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the services do; a test changes it as it goes. */
export interface RoleState {
  /** Role that is bound to the machine, if any. */
  role: string | undefined;
  /** The credentials that are issued now. */
  secretId: string;
  secretKey: string;
  token: string;
  lifetimeSeconds: number;
  /** The token of a service account that the STS accepts. */
  webIdentityToken: string;
  /** HTTP status of all responses; 0: no response. */
  broken: number | undefined;
}

/** A running pair of services. */
export interface RoleServices {
  metadataUrl: string;
  stsUrl: string;
  /** Credentials that were handed out, and requests that came, whatever became of them. */
  counts: { issued: number; metadata: number; sts: number };
  close: () => Promise<void>;
}

const metadataPath = '/latest/meta-data/cam/security-credentials/';

/** Starts both on free ports of 127.0.0.1. */
export async function startRoleServices(state: RoleState): Promise<RoleServices> {
  const counts = { issued: 0, metadata: 0, sts: 0 };

  function issue() {
    counts.issued++;
    const { secretId: TmpSecretId, secretKey: TmpSecretKey, token: Token, lifetimeSeconds } = state;
    const ExpiredTime = Math.floor(Date.now() / 1000) + lifetimeSeconds;
    const end = { ExpiredTime, Expiration: new Date(ExpiredTime * 1000).toISOString().replace('.000', '') };
    return { secrets: { TmpSecretId, TmpSecretKey, Token }, end };
  }

  function metadata({ method, url = '' }: IncomingMessage): [number, unknown] {
    counts.metadata++;
    if (state.broken !== undefined) return [state.broken, 'broken'];
    if (method !== 'GET' || state.role === undefined) return [404, 'not found'];
    if (url === metadataPath) return [200, state.role];
    if (url !== metadataPath + encodeURIComponent(state.role)) return [404, 'not found'];
    const { secrets, end } = issue();
    return [200, { ...secrets, ...end, Code: 'Success' }];
  }

  function sts({ headers }: IncomingMessage, body: string): [number, unknown] {
    counts.sts++;
    if (state.broken !== undefined) return [state.broken, 'broken'];
    const refuse = (Code: string): [number, unknown] => [
      200,
      { Response: { Error: { Code, Message: `${Code} for ${body}` }, RequestId: 'r' } },
    ];
    if (headers['authorization'] !== 'SKIP') return refuse('AuthFailure.InvalidAuthorization');
    if (headers['x-tc-action'] !== 'AssumeRoleWithWebIdentity') return refuse('InvalidAction');
    if (headers['x-tc-version'] !== '2018-08-13') return refuse('NoSuchVersion');
    const parameters = JSON.parse(body) as Record<string, unknown>;
    for (const name of ['ProviderId', 'RoleArn', 'RoleSessionName']) {
      if (typeof parameters[name] !== 'string') return refuse('MissingParameter');
    }
    if (parameters['WebIdentityToken'] !== state.webIdentityToken) {
      return refuse('InvalidParameter.WebIdentityTokenError');
    }
    const { secrets, end } = issue();
    return [200, { Response: { Credentials: secrets, ...end, RequestId: 'r' } }];
  }

  const servers = [metadata, sts].map((answer) =>
    createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (text: string) => (body += text));
      request.once('end', () => {
        const [status, content] = answer(request, body);
        if (status !== 0)
          response.writeHead(status).end(typeof content === 'string' ? content : JSON.stringify(content));
      });
    }),
  );
  const urls: string[] = [];
  for (const server of servers) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    urls.push(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  }
  const [metadataUrl = '', stsUrl = ''] = urls;
  return {
    metadataUrl,
    stsUrl,
    counts,
    close: async () => {
      for (const server of servers) {
        const closed = once(server, 'close');
        server.close();
        server.closeAllConnections();
        await closed;
      }
    },
  };
}
