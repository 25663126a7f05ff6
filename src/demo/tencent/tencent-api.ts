// Tencent Cloud's API 3.0 for TencentDB for PostgreSQL (2017-03-12), simulated over real HTTP with real signatures.
import { createHash, randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type Answer, type SimulatedApi, type SimulationOptions, startSimulatedApi } from '../simulated-api.ts';
import { slidingSecond } from './sliding-second.ts';
import {
  invalidAction,
  missingParameter,
  requestLimitExceeded,
  type TencentFailure,
  tencentFailure,
  unknownParameter,
} from './tencent-failures.ts';
import {
  checkHeaders,
  checkSignature,
  checkTimestamp,
  checkToken,
  header,
  type TencentCredential,
} from './tencent-verification.ts';

/** The two actions that the simulation has. */
export type TencentAction = 'DescribeDBInstanceSSLConfig' | 'DescribeEncryptionKeys';

/** One TencentDB for PostgreSQL instance. */
export interface TencentInstance {
  id: string;
  region: string;
  sslEnabled: boolean;
  /** Sent, like `connectAddress`, only while SSL is on; `""` stands for it otherwise. */
  caUrl?: string;
  connectAddress?: string;
  /** Left out of the answer when not given, as local-disk instances do. */
  caCert?: string;
  /** Empty for an instance that is not encrypted at rest. */
  keys: TencentKey[];
  /** An API error code that both actions answer with. */
  error?: string;
  /** An API error code for one action; goes before `error`. */
  errors?: Partial<Record<TencentAction, string>>;
}

/** One KMS key of an instance; `createTime` is `YYYY-MM-DD HH:MM:SS` without a zone. */
export interface TencentKey {
  id: string;
  alias: string;
  region: string;
  enabled: boolean;
  createTime: string;
  kmsClusterId?: string;
}

/** Options of {@link startTencentApi}. */
export interface TencentApiOptions extends SimulationOptions, TencentCredential {
  /** A function is asked anew for each request. */
  instances: TencentInstance[] | (() => TencentInstance[]);
  /** Per action, the arrivals allowed in any window of one second; default: the documented 20 and 1000. */
  limits?: Record<string, number>;
  /** The server's clock minus ours: the Date header and the 5-minute check of the timestamp follow it. */
  clockOffsetMs?: number;
  /** Our wall clock, unix milliseconds. */
  now?: () => number;
}

type Outcome = { failure: TencentFailure } | { content: Record<string, unknown> };

/** Per second, from the pages of the actions. */
const documentedLimits: Record<TencentAction, number> = {
  DescribeDBInstanceSSLConfig: 20,
  DescribeEncryptionKeys: 1000,
};

/** Starts the simulation; every API-level failure is HTTP 200 with `Response.Error`, as in the vendor's text. */
export function startTencentApi(options: TencentApiOptions): Promise<SimulatedApi> {
  const now = options.now ?? Date.now;
  const serverTimeMs = () => now() + (options.clockOffsetMs ?? 0);
  const limits: Record<string, number> = { ...documentedLimits, ...options.limits };
  const windows = { DescribeDBInstanceSSLConfig: slidingSecond(), DescribeEncryptionKeys: slidingSecond() };

  /** `count` is the place of the request in the rate window of its action. */
  const outcomeOf = (request: IncomingMessage, body: string, count: number): Outcome => {
    const action = header(request, 'x-tc-action');
    const limit = limits[action] ?? 0;
    const parameters = parseObject(body);
    const malformed = checkHeaders(request);
    if (malformed) return { failure: malformed };
    if (!isKnown(action)) return { failure: invalidAction(action) };
    const failure =
      checkTimestamp(request, serverTimeMs()) ??
      checkSignature(request, body, options) ??
      checkToken(request, options.token) ??
      (count > limit ? requestLimitExceeded(count, limit) : undefined) ??
      checkParameters(parameters);
    if (failure) return { failure };
    const instance = (typeof options.instances === 'function' ? options.instances() : options.instances).find(
      ({ id, region }) => id === parameters?.['DBInstanceId'] && region === header(request, 'x-tc-region'),
    );
    if (!instance) return { failure: tencentFailure('ResourceNotFound.InstanceNotFoundError') };
    const code = instance.errors?.[action] ?? instance.error;
    if (code) return { failure: tencentFailure(code) };
    return { content: action === 'DescribeEncryptionKeys' ? encryptionKeys(instance) : sslConfig(instance) };
  };

  return startSimulatedApi(
    {
      serverTimeMs,
      actionOf: (request) => header(request, 'x-tc-action'),
      instanceIdOf: (_request, body) => {
        const id = parseObject(body)?.['DBInstanceId'];
        return typeof id === 'string' ? id : '';
      },
      receive: (request, { action, atMs }) => {
        const count = isKnown(action) ? windows[action](atMs) : 0;
        return (body): Answer => {
          const refusal = gatewayRefusal(request);
          if (refusal) return refusal;
          const outcome: Outcome =
            body === undefined
              ? { failure: tencentFailure('RequestSizeLimitExceeded') }
              : outcomeOf(request, body, count);
          return envelope(outcome, header(request, 'x-tc-language'));
        };
      },
    },
    options,
  );
}

/** What never reaches the API: those are the only answers that are not 200. */
function gatewayRefusal(request: IncomingMessage): Answer | undefined {
  if (request.url !== '/') return { status: 404, body: { message: 'no such path' } };
  if (request.method !== 'POST') return { status: 405, headers: { Allow: 'POST' }, body: { message: 'POST only' } };
  return undefined;
}

function checkParameters(parameters: Record<string, unknown> | undefined): TencentFailure | undefined {
  if (!parameters) return tencentFailure('InvalidRequest');
  const stranger = Object.keys(parameters).find((name) => name !== 'DBInstanceId');
  if (stranger !== undefined) return unknownParameter(stranger);
  return parameters['DBInstanceId'] ? undefined : missingParameter('DBInstanceId');
}

/** Page 409/78804. */
function sslConfig({ sslEnabled, caUrl = '', connectAddress = '', caCert }: TencentInstance): Record<string, unknown> {
  return {
    SSLEnabled: sslEnabled,
    CAUrl: sslEnabled ? caUrl : '',
    ConnectAddress: sslEnabled ? connectAddress : '',
    ...(caCert !== undefined && { CACert: caCert }),
  };
}

/** Page 409/46989, whose example has a blank before the KeyId: so have we. */
function encryptionKeys({ id, keys }: TencentInstance): Record<string, unknown> {
  return {
    EncryptionKeys: keys.map((key) => ({
      KeyId: ` ${key.id}`,
      KeyAlias: key.alias,
      // A marker that tests look for wherever it must never be.
      DEKCipherTextBlob: `DEKCIPHER${createHash('sha512').update(`${id}/${key.id}`).digest('base64')}`,
      IsEnabled: key.enabled ? 1 : 0,
      KeyRegion: key.region,
      CreateTime: key.createTime,
      KMSClusterId: key.kmsClusterId ?? '',
    })),
  };
}

function envelope(outcome: Outcome, language: string): Answer {
  const content =
    'failure' in outcome
      ? { Error: { Code: outcome.failure.code, Message: outcome.failure[language === 'en-US' ? 'en' : 'zh'] } }
      : outcome.content;
  return { status: 200, body: { Response: { ...content, RequestId: randomUUID() } } };
}

function isKnown(action: string): action is TencentAction {
  return Object.hasOwn(documentedLimits, action);
}

/** A JSON object, or undefined for anything else. */
function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
