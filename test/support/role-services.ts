// The metadata service of a CVM and the STS, simulated over HTTP from the vendor's texts. For a machine and a pod they issue
// the same credentials, for a role that is assumed those of the role.
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tencentFailure } from '../../src/demo/tencent/tencent-failures.ts';
import {
  checkHeaders,
  checkSignature,
  checkTimestamp,
  checkToken,
  header,
  type TencentCredential,
} from '../../src/demo/tencent/tencent-verification.ts';

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
  /** Who can assume roles with a signed call. */
  caller?: TencentCredential;
  /** The roles that the caller can assume, each with the credentials that are issued now or an error code. */
  roles?: Record<string, Required<TencentCredential> | string>;
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

const stsVersion = '2018-08-13';
const metadataPath = '/latest/meta-data/cam/security-credentials/';

/** Starts both on free ports of 127.0.0.1. */
export async function startRoleServices(state: RoleState): Promise<RoleServices> {
  const counts = { issued: 0, metadata: 0, sts: 0 };

  function issue({ secretId: TmpSecretId, secretKey: TmpSecretKey, token: Token }: Required<TencentCredential>) {
    counts.issued++;
    const ExpiredTime = Math.floor(Date.now() / 1000) + state.lifetimeSeconds;
    const end = { ExpiredTime, Expiration: new Date(ExpiredTime * 1000).toISOString().replace('.000', '') };
    return { secrets: { TmpSecretId, TmpSecretKey, Token }, end };
  }

  function metadata({ method, url = '' }: IncomingMessage): [number, unknown] {
    counts.metadata++;
    if (state.broken !== undefined) return [state.broken, 'broken'];
    if (method !== 'GET' || state.role === undefined) return [404, 'not found'];
    if (url === metadataPath) return [200, state.role];
    if (url !== metadataPath + encodeURIComponent(state.role)) return [404, 'not found'];
    const { secrets, end } = issue(state);
    return [200, { ...secrets, ...end, Code: 'Success' }];
  }

  const refuse = (Code: string, body: string): [number, unknown] => [
    200,
    { Response: { Error: { Code, Message: `${Code} for ${body}` }, RequestId: 'r' } },
  ];

  function assumeRole(request: IncomingMessage, body: string): [number, unknown] {
    const caller = state.caller ?? { secretId: '', secretKey: '' };
    const { RoleArn, RoleSessionName, DurationSeconds } = JSON.parse(body) as Record<string, unknown>;
    const failure =
      checkHeaders(request, stsVersion) ??
      checkTimestamp(request, Date.now()) ??
      checkSignature(request, body, caller, 'sts') ??
      checkToken(request, caller.token) ??
      (typeof RoleSessionName === 'string' && Number.isInteger(DurationSeconds)
        ? undefined
        : tencentFailure('InvalidParameter.ParamError'));
    if (failure !== undefined) return refuse(failure.code, body);
    const role = state.roles?.[String(RoleArn)] ?? 'ResourceNotFound.RoleNotFound';
    if (typeof role === 'string') return refuse(role, body);
    const { secrets, end } = issue(role);
    return [200, { Response: { Credentials: secrets, ...end, RequestId: 'r' } }];
  }

  function sts(request: IncomingMessage, body: string): [number, unknown] {
    const { headers } = request;
    counts.sts++;
    if (state.broken !== undefined) return [state.broken, 'broken'];
    if (header(request, 'x-tc-action') === 'AssumeRole') return assumeRole(request, body);
    if (headers['authorization'] !== 'SKIP') return refuse('AuthFailure.InvalidAuthorization', body);
    if (headers['x-tc-action'] !== 'AssumeRoleWithWebIdentity') return refuse('InvalidAction', body);
    if (headers['x-tc-version'] !== stsVersion) return refuse('NoSuchVersion', body);
    const parameters = JSON.parse(body) as Record<string, unknown>;
    for (const name of ['ProviderId', 'RoleArn', 'RoleSessionName']) {
      if (typeof parameters[name] !== 'string') return refuse('MissingParameter', body);
    }
    if (parameters['WebIdentityToken'] !== state.webIdentityToken) {
      return refuse('InvalidParameter.WebIdentityTokenError', body);
    }
    const { secrets, end } = issue(state);
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
