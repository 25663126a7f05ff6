// A fake environment for the credential chain: variables, files, services, time.

import type { CredentialTools, FoundCredentials } from '../../../src/model/credentials.ts';
import { Failure } from '../../../src/model/failure.ts';
import type { HttpRequest, HttpResponse } from '../../../src/model/http.ts';
import { tencentPostgres } from '../../../src/providers/tencent/postgres/provider.ts';
import { createFakeTime } from '../../support/fake-time.ts';

/** Part of every secret. */
export const marker = 'PLANTED';

export const podEnv = {
  TKE_REGION: 'ap-guangzhou',
  TKE_PROVIDER_ID: 'tke-provider',
  TKE_WEB_IDENTITY_TOKEN_FILE: '/var/run/token',
  TKE_ROLE_ARN: 'qcs::cam::uin/1:roleName/reader',
};

const start = Date.UTC(2026, 10, 22) / 1000;

/** Unix seconds, `seconds` after the start of the test. */
export const at = (seconds: number) => start + seconds;

/** The three secrets of temporary credentials. */
export const temporary = (name: string) => ({
  TmpSecretId: `${marker}-${name}-id`,
  TmpSecretKey: `${marker}-${name}-key`,
  Token: `${marker}-${name}-token`,
});

/** The same secrets in the form of the search. */
export const valuesOf = (name: string) => ({
  secret_id: `${marker}-${name}-id`,
  secret_key: `${marker}-${name}-key`,
  token: `${marker}-${name}-token`,
});

const json = (body: unknown, headers: Record<string, string> = {}): HttpResponse => ({
  status: 200,
  headers,
  body: Buffer.from(JSON.stringify(body)),
});

/** Returns a response, or throws. */
export type Service = (request: HttpRequest) => HttpResponse | Promise<HttpResponse>;

export const stsResponse = (fields: Record<string, unknown>, headers?: Record<string, string>): HttpResponse =>
  json({ Response: { ...fields, RequestId: 'r' } }, headers);

/** A metadata service with one role and the given credentials. */
export function roleResponse(
  credentials: Record<string, unknown>,
  { name = 'reader', headers = {} }: { name?: string; headers?: Record<string, string> } = {},
): Service {
  return ({ url }) =>
    url.endsWith('/security-credentials/')
      ? { status: 200, headers, body: Buffer.from(name) }
      : json(credentials, headers);
}

export const nowhere: Service = () => Promise.reject(new Failure('network', 'no complete response (ENOTFOUND)'));

/** A search in an environment that a test can change. */
export function createSearch() {
  const time = createFakeTime(start * 1000);
  const requests: HttpRequest[] = [];
  const files = new Map<string, string | Failure>();
  const world = { env: {} as Record<string, string>, sts: nowhere, metadata: nowhere, chance: 1 };
  const tools: CredentialTools = {
    env: world.env,
    home: '/home/u',
    readFile: (path) => {
      const text = files.get(path);
      return text instanceof Failure ? Promise.reject(text) : Promise.resolve(text);
    },
    send: async (request) => {
      requests.push(request);
      return await (request.url.startsWith('http://metadata.tencentyun.com/') ? world.metadata : world.sts)(request);
    },
    now: time.now,
    monotonic: time.monotonic,
    later: time.later,
    random: () => world.chance,
  };
  const find = tencentPostgres.usualCredentials!({ endpoint: tencentPostgres.defaultEndpoint }, tools);
  return {
    world,
    files,
    requests,
    time,
    tools,
    find,
    /** What the search fails with; fails when it does not. */
    refusal: async (): Promise<Failure> => {
      const outcome: FoundCredentials | Failure = await find().catch((error: Failure) => error);
      if (outcome instanceof Failure) return outcome;
      throw new Error('credentials were found');
    },
  };
}
