// Simulates the v2 API of OceanBase Cloud over HTTP with Digest authentication: the list of instances; of one, SSL and
// tenants.
import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import {
  type SimulatedApi,
  type SimulatedResponse,
  type SimulationOptions,
  startSimulatedApi,
} from '../simulated-api.ts';
import { type FleetOption, fleetOf, type SimulatedFleet } from '../simulated-fleet.ts';
import { type DigestAlgorithm, type DigestVerdict, verifyDigest } from './digest-verification.ts';
import { createNonceBook } from './nonce-book.ts';
import {
  listOceanBase,
  listPath,
  type OceanBaseFailure,
  type OceanBaseListFaults,
  type OceanBaseListing,
} from './oceanbase-list.ts';
import { type OceanBaseTenant, tdeData } from './tde-api.ts';

/** One OceanBase Cloud instance. */
export interface OceanBaseInstance extends OceanBaseListing {
  id: string;
  /** The `data` object of the response, sent unchanged. */
  ssl: Record<string, unknown>;
  /** Absent: it has none. */
  tenants?: readonly OceanBaseTenant[];
  /** Sent instead of the data. */
  error?: OceanBaseFailure;
}

/** Options of {@link startOceanBaseApi}. */
export interface OceanBaseApiOptions extends SimulationOptions {
  /** The digest user name. */
  accessKeyId: string;
  /** The digest password. */
  accessKeySecret: string;
  instances: FleetOption<OceanBaseInstance>;
  /** Faults of the list, called for each request of it; undefined: no faults. */
  list?: (page: { pageNumber: number }) => OceanBaseListFaults | undefined;
  /** One WWW-Authenticate line each, in this order; default SHA-256 and MD5. */
  algorithms?: DigestAlgorithm[];
  /** Default 300 000. */
  nonceLifetimeMs?: number;
  /** Each authenticated response has an Authentication-Info with a nextnonce, and the used nonce becomes stale. */
  oneTimeNonces?: boolean;
  /** When set, a request without this X-Ob-Project-Id gets 404. */
  projectId?: string;
  /** Wall clock, unix milliseconds. */
  now?: () => number;
}

// The comma is deliberate: it breaks a client that splits challenges at commas.
const realm = 'OceanBase Cloud, API';
const listAction = 'instances';
const route = /^\/api\/v2\/instances\/([^/]+)\/(security\/(?:ssl|tde))$/;

/**
 * Starts the simulation; the `action` of an arrival is the path after the instance, e.g. `security/ssl`, or
 * `instances`.
 */
export function startOceanBaseApi(options: OceanBaseApiOptions): Promise<SimulatedApi> {
  const { algorithms = ['SHA-256', 'MD5'], nonceLifetimeMs = 300_000, now = Date.now } = options;
  const nonces = createNonceBook({ lifetimeMs: nonceLifetimeMs, now });
  const opaque = randomBytes(16).toString('hex');
  const fleet = fleetOf(options.instances);

  /** One line per algorithm with the same nonce, as in the example of RFC 7616 section 3.9.1. */
  const challenges = (stale: boolean) => {
    const nonce = nonces.issue();
    return algorithms.map(
      (algorithm) =>
        `Digest realm="${realm}", qop="auth", nonce="${nonce}", opaque="${opaque}", ` +
        `algorithm=${algorithm}, charset=UTF-8${stale ? ', stale=true' : ''}`,
    );
  };

  const refuse = (verdict: DigestVerdict & { accepted: false }): SimulatedResponse => ({
    ...failure(verdict.status, verdict.status === 401 ? 'Unauthorized' : 'BadRequest', verdict.why),
    ...(verdict.status === 401 && { headers: { 'WWW-Authenticate': challenges(verdict.stale) } }),
  });

  return startSimulatedApi(
    {
      serverTimeMs: now,
      actionOf: (request) => actionOf(targetOf(request).pathname),
      instanceIdOf: (request) => instanceIdOf(targetOf(request).pathname),
      receive:
        (request, { atMs }) =>
        (body) => {
          if (body === undefined) return failure(413, 'RequestTooLarge', 'the request body is over 64 KiB');
          const verdict = verifyDigest(request.headers.authorization, {
            method: request.method ?? '',
            target: request.url ?? '',
            username: options.accessKeyId,
            password: options.accessKeySecret,
            realm,
            opaque,
            algorithms,
            nonces,
          });
          if (!verdict.accepted) return refuse(verdict);
          const outcome = respondTo(request, atMs, options, fleet);
          if (outcome === undefined || !options.oneTimeNonces) return outcome;
          // Also for a failure such as 404: the nonce has been used for authentication.
          nonces.retire(verdict.nonce);
          return { ...outcome, headers: { 'Authentication-Info': `nextnonce="${nonces.issue()}"` } };
        },
    },
    options,
  );
}

/** The response to an authenticated request. @param startedMs when it arrived, by `performance.now()` */
function respondTo(
  request: IncomingMessage,
  startedMs: number,
  options: OceanBaseApiOptions,
  fleet: () => SimulatedFleet<OceanBaseInstance>,
): SimulatedResponse | undefined {
  const { pathname, searchParams } = targetOf(request);
  const action = actionOf(pathname);
  const instanceId = instanceIdOf(pathname);
  if (action === '' || (instanceId === '' && action !== listAction)) return failure(404, 'NotFound', 'no such path');
  if (request.method !== 'GET') return failure(405, 'MethodNotAllowed', 'GET only');
  if (!searchParams.get('requestId')) return failure(400, 'InvalidParameter', 'requestId is required');
  if (options.projectId !== undefined && request.headers['x-ob-project-id'] !== options.projectId) {
    return failure(404, 'ProjectNotFound', 'the instance does not belong to the project');
  }
  const outcome =
    action === listAction
      ? listOceanBase(searchParams, fleet().inRegion(''), (pageNumber) => options.list?.({ pageNumber }))
      : stateOf(fleet().find('', instanceId), action, searchParams);
  if (outcome === 'hangs') return undefined;
  if ('errorCode' in outcome) return failure(outcome.status, outcome.errorCode, outcome.errorMessage);
  const cost = Math.round(performance.now() - startedMs);
  const body = { ...outcome, requestId: randomUUID(), success: true, server: '10.0.3.17:8080', cost };
  return { status: 200, body };
}

function stateOf(
  instance: OceanBaseInstance | undefined,
  action: string,
  query: URLSearchParams,
): { data: unknown } | OceanBaseFailure {
  if (!instance) return { status: 404, errorCode: 'InstanceNotFound', errorMessage: 'the instance does not exist' };
  const { ssl, tenants = [], error } = instance;
  return error ?? { data: action === 'security/tde' ? tdeData(tenants, query) : ssl };
}

function actionOf(pathname: string): string {
  return pathname === listPath ? listAction : (route.exec(pathname)?.[2] ?? '');
}

/** Path and query of a request. */
function targetOf(request: IncomingMessage): { pathname: string; searchParams: URLSearchParams } {
  const [pathname = '/', query = ''] = (request.url ?? '/').split(/\?(.*)/s, 2);
  return { pathname, searchParams: new URLSearchParams(query) };
}

/** The decoded instance id in a path, or `''`. */
function instanceIdOf(pathname: string): string {
  try {
    return decodeURIComponent(route.exec(pathname)?.[1] ?? '');
  } catch {
    return '';
  }
}

/** The documented failure envelope (https://en.oceanbase.com/docs/common-oceanbase-cloud-10000000000889855). */
function failure(status: number, errorCode: string, errorMessage: string): SimulatedResponse {
  return { status, body: { success: false, errorCode, errorMessage, requestId: randomUUID() } };
}
