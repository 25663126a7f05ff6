// Simulates the Tencent Cloud API 3.0 over HTTP with verified signatures: the part that all products share.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import {
  type SimulatedApi,
  type SimulatedResponse,
  type SimulationOptions,
  startSimulatedApi,
} from '../simulated-api.ts';
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

/** The fields that every simulated instance has. */
export interface ListedInstance {
  id: string;
  region: string;
  /** An API error code that all actions return. */
  error?: string;
  /** An API error code per action; takes precedence over `error`. */
  errors?: Readonly<Record<string, string | undefined>>;
}

/** One product of the API. */
export interface SimulatedProduct<I extends ListedInstance> {
  /** First label of the public host. */
  service: string;
  version: string;
  /** Name of the parameter with the id of the instance. */
  idParameter: string;
  /** Error code for an instance that does not exist. */
  notFound: string;
  /** Per action: the documented limit in arrivals a second, and the fields of `Response`. */
  actions: Readonly<Record<string, { limit: number; content: (instance: I) => Record<string, unknown> }>>;
}

/** Options of {@link startTencentServer}. */
export interface TencentServerOptions<I extends ListedInstance> extends SimulationOptions, TencentCredential {
  /** A function is called for each request. */
  instances: I[] | (() => I[]);
  /** Arrivals per action allowed in any window of one second; default: the documented limits. */
  limits?: Record<string, number>;
  /** The server's clock minus ours: the Date header and the 5-minute check of the timestamp follow it. */
  clockOffsetMs?: number;
  /** Wall clock, unix milliseconds. */
  now?: () => number;
}

type Outcome = { failure: TencentFailure } | { content: Record<string, unknown> };

/** Starts the simulation; every API-level failure is HTTP 200 with `Response.Error`, as in the vendor's text. */
export function startTencentServer<I extends ListedInstance>(
  product: SimulatedProduct<I>,
  options: TencentServerOptions<I>,
): Promise<SimulatedApi> {
  const now = options.now ?? Date.now;
  const serverTimeMs = () => now() + (options.clockOffsetMs ?? 0);
  const windows = new Map(Object.keys(product.actions).map((action) => [action, slidingSecond()]));

  return startSimulatedApi(
    {
      serverTimeMs,
      actionOf: (request) => header(request, 'x-tc-action'),
      instanceIdOf: (_request, body) => {
        const id = parseObject(body)?.[product.idParameter];
        return typeof id === 'string' ? id : '';
      },
      receive: (request, { action, atMs }) => {
        const count = windows.get(action)?.(atMs) ?? 0;
        return (body): SimulatedResponse => {
          const refusal = gatewayRefusal(request);
          if (refusal) return refusal;
          const outcome: Outcome =
            body === undefined
              ? { failure: tencentFailure('RequestSizeLimitExceeded') }
              : outcomeOf(product, options, { request, body, count, serverTimeMs: serverTimeMs() });
          return envelope(outcome, header(request, 'x-tc-language'));
        };
      },
    },
    options,
  );
}

/** One request; `count` is the number of arrivals in the rate window of its action. */
interface Received {
  request: IncomingMessage;
  body: string;
  count: number;
  serverTimeMs: number;
}

function outcomeOf<I extends ListedInstance>(
  product: SimulatedProduct<I>,
  options: TencentServerOptions<I>,
  { request, body, count, serverTimeMs }: Received,
): Outcome {
  const name = header(request, 'x-tc-action');
  const action = Object.hasOwn(product.actions, name) ? product.actions[name] : undefined;
  const parameters = parseObject(body);
  const malformed = checkHeaders(request, product.version);
  if (malformed) return { failure: malformed };
  if (!action) return { failure: invalidAction(name) };
  const limit = options.limits?.[name] ?? action.limit;
  const failure =
    checkTimestamp(request, serverTimeMs) ??
    checkSignature(request, body, options, product.service) ??
    checkToken(request, options.token) ??
    (count > limit ? requestLimitExceeded(count, limit) : undefined) ??
    checkParameters(parameters, product.idParameter);
  if (failure) return { failure };
  const instance = (typeof options.instances === 'function' ? options.instances() : options.instances).find(
    ({ id, region }) => id === parameters?.[product.idParameter] && region === header(request, 'x-tc-region'),
  );
  if (!instance) return { failure: tencentFailure(product.notFound) };
  const code = instance.errors?.[name] ?? instance.error;
  return code ? { failure: tencentFailure(code) } : { content: action.content(instance) };
}

/** Requests that the gateway refuses: the only responses with a status other than 200. */
function gatewayRefusal(request: IncomingMessage): SimulatedResponse | undefined {
  if (request.url !== '/') return { status: 404, body: { message: 'no such path' } };
  if (request.method !== 'POST') return { status: 405, headers: { Allow: 'POST' }, body: { message: 'POST only' } };
  return undefined;
}

function checkParameters(
  parameters: Record<string, unknown> | undefined,
  idParameter: string,
): TencentFailure | undefined {
  if (!parameters) return tencentFailure('InvalidRequest');
  const unknown = Object.keys(parameters).find((name) => name !== idParameter);
  if (unknown !== undefined) return unknownParameter(unknown);
  return parameters[idParameter] ? undefined : missingParameter(idParameter);
}

function envelope(outcome: Outcome, language: string): SimulatedResponse {
  const content =
    'failure' in outcome
      ? { Error: { Code: outcome.failure.code, Message: outcome.failure[language === 'en-US' ? 'en' : 'zh'] } }
      : outcome.content;
  return { status: 200, body: { Response: { ...content, RequestId: randomUUID() } } };
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
