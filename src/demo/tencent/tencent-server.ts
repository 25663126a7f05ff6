// Simulates the Tencent Cloud API 3.0 over HTTP with verified signatures: the part that all products share.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import {
  type SimulatedApi,
  type SimulatedResponse,
  type SimulationOptions,
  startSimulatedApi,
} from '../simulated-api.ts';
import { type FleetOption, fleetOf, type SimulatedFleet } from '../simulated-fleet.ts';
import type { ListFaults, ListFaultsOption } from '../simulated-list.ts';
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
  actions: Readonly<Record<string, SimulatedAction<I>>>;
}

/** An action, of one instance or of all in a region, with its documented limit in arrivals a second. */
export type SimulatedAction<I extends ListedInstance> = { limit: number } & (
  | { content: (instance: I) => Record<string, unknown> }
  | { list: ListAction<I> }
);

/** @param faultsAt the faults of the page that begins after this number of instances */
type ListAction<I> = (
  parameters: Record<string, unknown>,
  all: readonly I[],
  faultsAt: (offset: number) => ListFaults<string> | undefined,
) => Outcome;

/** A failure, the fields of `Response`, or no response at all. */
export type Outcome = { failure: TencentFailure } | { content: Record<string, unknown> } | 'hangs';

/** Options of {@link startTencentServer}. */
export interface TencentServerOptions<I extends ListedInstance> extends SimulationOptions, TencentCredential {
  instances: FleetOption<I>;
  /** Faults of the list, whose failures are API error codes. */
  list?: ListFaultsOption<string>;
  /** Arrivals per action allowed in any window of one second; default: the documented limits. */
  limits?: Record<string, number>;
  /** The server's clock minus ours: the Date header and the 5-minute check of the timestamp follow it. */
  clockOffsetMs?: number;
  /** Wall clock, unix milliseconds. */
  now?: () => number;
}

/** Starts the simulation; every API-level failure is HTTP 200 with `Response.Error`, as in the vendor's text. */
export function startTencentServer<I extends ListedInstance>(
  product: SimulatedProduct<I>,
  options: TencentServerOptions<I>,
): Promise<SimulatedApi> {
  const now = options.now ?? Date.now;
  const serverTimeMs = () => now() + (options.clockOffsetMs ?? 0);
  const fleet = fleetOf(options.instances);
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
        return (body) => {
          const refusal = gatewayRefusal(request);
          if (refusal) return refusal;
          const outcome: Outcome =
            body === undefined
              ? { failure: tencentFailure('RequestSizeLimitExceeded') }
              : outcomeOf(product, options, { request, body, count, serverTimeMs: serverTimeMs(), fleet });
          return outcome === 'hangs' ? undefined : envelope(outcome, header(request, 'x-tc-language'));
        };
      },
    },
    options,
  );
}

/** One request; `count` is the number of arrivals in the rate window of its action. */
interface Received<I extends ListedInstance> {
  request: IncomingMessage;
  body: string;
  count: number;
  serverTimeMs: number;
  fleet: () => SimulatedFleet<I>;
}

function outcomeOf<I extends ListedInstance>(
  product: SimulatedProduct<I>,
  options: TencentServerOptions<I>,
  { request, body, count, serverTimeMs, fleet }: Received<I>,
): Outcome {
  const name = header(request, 'x-tc-action');
  const region = header(request, 'x-tc-region');
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
    (count > limit ? requestLimitExceeded(count, limit) : undefined);
  if (failure) return { failure };
  if (!parameters) return { failure: tencentFailure('InvalidRequest') };
  if ('list' in action) {
    return action.list(parameters, fleet().inRegion(region), (offset) => options.list?.({ region, offset }));
  }
  const { id, failure: invalid } = readId(parameters, product.idParameter);
  if (invalid) return { failure: invalid };
  const instance = fleet().find(region, id);
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

/** The only parameter of an action of one instance. */
function readId(parameters: Record<string, unknown>, idParameter: string): { id: string; failure?: TencentFailure } {
  const { [idParameter]: id, ...others } = parameters;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) return { id: '', failure: unknownParameter(unknown) };
  return typeof id === 'string' && id !== '' ? { id } : { id: '', failure: missingParameter(idParameter) };
}

function envelope(outcome: Exclude<Outcome, 'hangs'>, language: string): SimulatedResponse {
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
