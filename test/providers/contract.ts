// The contract of every provider: run against each one in the list.
import { afterEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { validateConfig } from '../../src/config/validate.ts';
import type { Intercept, SimulatedApi } from '../../src/demo/simulated-api.ts';
import { endpointSchema } from '../../src/http/endpoint.ts';
import { type Distrust, distrusts } from '../../src/model/distrust.ts';
import { type FactName, type Facts, isEncryptedAtRest } from '../../src/model/facts.ts';
import { Failure, type Reason, reasonNames } from '../../src/model/failure.ts';
import type { Instance } from '../../src/model/instance.ts';
import { callsOf, type Provider } from '../../src/model/provider.ts';
import type { Session } from '../../src/model/session.ts';
import { checkOf, contextOf, known, outcomeOf, type RecordedContext } from './check-context.ts';
import { faults } from './faults.ts';

/** A response of the API, and the expected result of the check. */
export interface ResponseCase {
  what: string;
  check: string;
  status?: number;
  body: string;
  /** Absent: no failure. */
  reason?: Reason;
  /** Exactly these facts. */
  facts: Facts;
}

/** How a provider is tested; set in the `contract.test.ts` of its test folder. */
export interface ProviderTwin {
  provider: Provider;
  /** A healthy simulated instance, with all checks of the provider. */
  instance: Instance;
  credentials: Readonly<Record<string, string>>;
  /** The same, with a secret that the simulation refuses. */
  wrongCredentials: Readonly<Record<string, string>>;
  /** Absent when no check calls an API. */
  startSimulation?: (intercept: Intercept) => Promise<SimulatedApi>;
  /** Per check, exactly the facts of the healthy instance: every fact that the check declares is among them. */
  healthy: Readonly<Record<string, Facts>>;
  /** An unhealthy simulated instance, and exactly its facts per check. */
  unhealthy: { id: string; facts: Readonly<Record<string, Facts>> };
  /**
   * From the vendor's texts: error codes and their reasons, absent fields, and unknown values, which must be a
   * bad_response. At least one of these for each check.
   */
  responses: readonly ResponseCase[];
}

/** The schema of all facts. */
const factsSchema = z.strictObject({
  sslEnabled: z.boolean().optional(),
  sslForced: z.boolean().optional(),
  sslForceSupported: z.boolean().optional(),
  certValid: z.boolean().optional(),
  certAutoRenewEnabled: z.boolean().optional(),
  certificates: z
    .array(
      z.strictObject({
        certificate: z.enum(['server', 'ca']),
        source: z.enum(['api', 'ca_bundle']),
        subjectCn: z.string(),
        notAfterSeconds: z.number().positive(),
        serial: z.string().optional(),
        issuerCn: z.string().optional(),
        fingerprintSha256: z
          .string()
          .regex(/^[0-9a-f]{64}$/)
          .optional(),
        notBeforeSeconds: z.number().positive().optional(),
      }),
    )
    .optional(),
  keys: z
    .array(
      z.strictObject({
        id: z.string(),
        alias: z.string(),
        region: z.string(),
        clusterId: z.string(),
        enabled: z.boolean().optional(),
        createdSeconds: z.number().optional(),
      }),
    )
    .optional(),
  tlsAccepted: z.boolean().optional(),
  plaintextAccepted: z.boolean().optional(),
  tlsSession: z.strictObject({ version: z.string(), cipher: z.string() }).optional(),
  certTrusted: z.boolean().optional(),
  certDistrust: z.enum(Object.keys(distrusts) as [Distrust]).optional(),
  certHostnameMatch: z.boolean().optional(),
  certNameSource: z.enum(['san', 'common_name']).optional(),
  certNames: z.string().optional(),
  probed: z.strictObject({ address: z.string(), serverName: z.string() }).optional(),
  encryptedAtRest: z.boolean().optional(),
  tenants: z.array(z.strictObject({ id: z.string(), name: z.string(), encrypted: z.boolean().optional() })).optional(),
} satisfies Record<keyof Facts, z.ZodType>);

/** Whether each fact that a check can declare is known. */
function knowledgeIn(facts: Facts): Readonly<Record<FactName, boolean>> {
  const has = (kind: 'server' | 'ca') => facts.certificates?.some(({ certificate }) => certificate === kind) === true;
  return {
    ssl_enabled: facts.sslEnabled !== undefined,
    ssl_forced: facts.sslForced !== undefined,
    ssl_force_supported: facts.sslForceSupported !== undefined,
    cert_valid: facts.certValid !== undefined,
    cert_auto_renew_enabled: facts.certAutoRenewEnabled !== undefined,
    server_certificate: has('server'),
    ca_certificate: has('ca'),
    tls_accepted: facts.tlsAccepted !== undefined,
    tls_version: facts.tlsSession !== undefined,
    cert_trusted: facts.certTrusted !== undefined,
    cert_hostname_match: facts.certHostnameMatch !== undefined,
    plaintext_accepted: facts.plaintextAccepted !== undefined,
    kms_keys: facts.keys !== undefined,
    tenants: facts.tenants !== undefined,
    at_rest_encryption_enabled: isEncryptedAtRest(facts) !== undefined,
  };
}

/** Opens a session of the provider at a simulation with faults, until the end of the test. */
type Connect = (intercept?: Intercept) => Promise<{ session: Session; api: SimulatedApi | undefined }>;

/** Declares the suite for one provider. */
export function describeProvider(twin: ProviderTwin): void {
  const { provider } = twin;
  describe(`provider ${provider.id}`, () => {
    let api: SimulatedApi | undefined;

    afterEach(async () => {
      await api?.close();
      api = undefined;
    });

    const connect: Connect = async (intercept = () => false) => {
      api = await twin.startSimulation?.(intercept);
      const endpoint = api?.url ?? provider.defaultEndpoint;
      const session = provider.connect({ endpoint }, { now: Date.now, randomBytes: (size) => Buffer.alloc(size, 7) });
      return { session, api };
    };

    describeData(twin);
    for (const { name, action } of provider.checks) {
      describe(`check ${name}`, () => {
        describeFacts(twin, name, connect);
        if (action === undefined) describeSilence(twin, name, connect);
        else describeCalls(twin, name, connect);
      });
    }
  });
}

function describeData({ provider, instance, credentials }: ProviderTwin): void {
  const names = provider.checks.map(({ name }) => name);

  it('has an id that is valid in labels and YAML, a title and an engine', () => {
    expect(provider.id).toMatch(/^[a-z]+(?:_[a-z0-9]+)*$/);
    expect(provider.title).toMatch(/^\S.*\S$/);
    expect(provider.engine).toMatch(/^[a-z]+$/);
  });

  it('has a default endpoint that is valid in a configuration', () => {
    expect(endpointSchema(provider.regions !== undefined).safeParse(provider.defaultEndpoint).success).toBe(true);
    expect(provider.defaultEndpoint).toMatch(/^https:/);
  });

  it('has only optional settings', () => {
    expect(z.strictObject(provider.settings).safeParse({}).success).toBe(true);
  });

  it('has credentials with a variable each, at least one secret, all of them tested', () => {
    expect(Object.keys(credentials).toSorted()).toEqual(provider.credentials.map(({ name }) => name).toSorted());
    expect(provider.credentials.some(({ required }) => required)).toBe(true);
    expect(provider.credentials.some(({ secret }) => secret)).toBe(true);
    expect(new Set(provider.credentials.map(({ name }) => name)).size).toBe(provider.credentials.length);
    expect(new Set(provider.credentials.map(({ env }) => env)).size).toBe(provider.credentials.length);
  });

  it('has checks with unique names, each after the ones in its `after`', () => {
    expect(names.length).toBeGreaterThan(0);
    expect(new Set(names).size).toBe(names.length);
    expect(instance.checks.toSorted()).toEqual(names.toSorted());
    for (const [index, { after = [] }] of provider.checks.entries()) {
      for (const before of after) expect(names.slice(0, index)).toContain(before);
    }
  });

  it('has a rate limit for each action, its own or the common one', () => {
    for (const { action, perSecond = provider.perSecond } of callsOf(provider)) {
      if (action === undefined) continue;
      expect(action).toMatch(/^[A-Z]\w+$/);
      expect(perSecond).toBeGreaterThan(0);
    }
  });

  it('declares known facts, each with its source', () => {
    for (const { facts } of provider.checks) {
      expect(Object.keys(facts).length).toBeGreaterThan(0);
      for (const [fact, source] of Object.entries(facts)) {
        expect(Object.keys(knowledgeIn({}))).toContain(fact);
        expect(source).toMatch(/\S/);
      }
    }
  });

  it('requires a region in the configuration exactly when its calls need one', async () => {
    const text = (region: string) =>
      `accounts: { a: { provider: ${provider.id} } }\ninstances: [{ id: i${region === '' ? '' : `, region: ${region}`} }]\n`;
    const problems = async (region: string) => {
      const context = { providers: [provider], reservedLabels: new Set<string>(), nowMs: Date.now(), env: {} };
      return (await validateConfig('c.yaml', text(region), context)).problems?.map(({ message }) => message) ?? [];
    };
    expect(await problems(instance.region)).toEqual([]);
    const expected = instance.region === '' ? [] : [`region is required for ${provider.id}`];
    expect(await problems('')).toEqual(expected);
    if (Array.isArray(provider.regions)) expect(new Set(provider.regions).size).toBe(provider.regions.length);
  });
}

/** A context with the hints of the checks that run before this one. */
async function contextFor(
  { provider, credentials }: ProviderTwin,
  session: Session,
  name: string,
  instance: Instance,
): Promise<RecordedContext> {
  const context = contextOf(instance, credentials);
  for (const before of provider.checks.find((check) => check.name === name)?.after ?? []) {
    const { hints } = await outcomeOf(checkOf(provider, session, before), contextOf(instance, credentials));
    context.hints = { ...context.hints, ...hints };
  }
  return context;
}

function describeFacts(twin: ProviderTwin, name: string, connect: Connect): void {
  const { provider, instance, healthy, unhealthy } = twin;
  const declared = Object.keys(provider.checks.find((check) => check.name === name)?.facts ?? {});

  it('reports exactly the expected facts of a healthy instance, all declared ones', async () => {
    const { session } = await connect();
    const context = await contextFor(twin, session, name, instance);
    const { facts, failure } = await outcomeOf(checkOf(provider, session, name), context);
    expect(failure).toBeUndefined();
    expect(known(facts)).toEqual(known(healthy[name]));
    expect(factsSchema.parse(facts)).toEqual(facts);
    const reported = Object.entries(knowledgeIn(facts ?? {})).flatMap(([fact, isKnown]) => (isKnown ? [fact] : []));
    expect(reported.toSorted()).toEqual(declared.toSorted());
  });

  it('reports exactly the expected facts of an unhealthy instance', async () => {
    const { session } = await connect();
    const context = await contextFor(twin, session, name, { ...instance, id: unhealthy.id });
    const { facts, failure } = await outcomeOf(checkOf(provider, session, name), context);
    expect(failure).toBeUndefined();
    expect(known(facts)).toEqual(known(unhealthy.facts[name]));
    expect(known(facts)).not.toEqual(known(healthy[name]));
  });
}

/** A check that calls no API. */
function describeSilence(twin: ProviderTwin, name: string, connect: Connect): void {
  const { provider, instance } = twin;

  it('sends no request', async () => {
    const { session } = await connect();
    const context = await contextFor(twin, session, name, instance);
    await outcomeOf(checkOf(provider, session, name), context);
    expect(context.requests).toEqual([]);
  });
}

function describeCalls(twin: ProviderTwin, name: string, connect: Connect): void {
  const { provider, instance, credentials, wrongCredentials } = twin;
  const run = async (session: Session, context: RecordedContext) =>
    await outcomeOf(checkOf(provider, session, name), context);

  it('calls only the host of its session', async () => {
    const { session, api } = await connect();
    const context = contextOf(instance, credentials);
    await run(session, context);
    expect(context.requests.length).toBeGreaterThan(0);
    for (const { url } of context.requests) expect(new URL(url).host).toBe(session.host(instance));
    expect(session.host(instance)).toBe(new URL(api?.url ?? '').host);
  });

  it('costs one request after the first call', async () => {
    const { session } = await connect();
    await run(session, contextOf(instance, credentials));
    const context = contextOf(instance, credentials);
    await run(session, context);
    expect(context.requests).toHaveLength(1);
  });

  it('sends no secret, except in a header where the API takes it there', async () => {
    const { session } = await connect();
    const context = contextOf(instance, credentials);
    await run(session, context);
    const secrets = provider.credentials.filter(({ secret }) => secret);
    expect(secrets.length).toBeGreaterThan(0);
    for (const { name: field, sentInHeader = false } of secrets) {
      const sent = context.requests.map(({ url, body, headers }) =>
        sentInHeader ? [url, body] : [url, body, headers],
      );
      expect(JSON.stringify(sent)).not.toContain(JSON.stringify(credentials[field]).slice(1, -1));
    }
  });

  it('fails with auth for a wrong secret, then succeeds with the right one', async () => {
    const { session } = await connect();
    const wrong = await run(session, contextOf(instance, wrongCredentials));
    expect(wrong).toMatchObject({ failure: { reason: 'auth', retryable: false } });
    const right = await run(session, contextOf(instance, credentials));
    expect(right.failure).toBeUndefined();
  });

  it('fails with not_found for an instance that does not exist', async () => {
    const { session } = await connect();
    const { facts, failure } = await run(session, contextOf({ ...instance, id: 'stranger' }, credentials));
    expect(known(facts)).toEqual({});
    expect(failure).toMatchObject({ reason: 'not_found' });
  });

  it('rethrows a failure of send unchanged', async () => {
    const { session } = await connect();
    const refused = new Failure('network', 'unreachable');
    const context = { ...contextOf(instance, credentials), send: () => Promise.reject(refused) };
    await expect(checkOf(provider, session, name)(context)).rejects.toBe(refused);
  });

  it.each(faults)('$what fails with $reason and reports no fact', async ({ reason, respond, retryAfterMs }) => {
    const { session } = await connect(({ response }) => {
      respond(response);
      return true;
    });
    const { facts, failure } = await run(session, contextOf(instance, credentials));
    expect(failure).toBeInstanceOf(Failure);
    expect(failure).toMatchObject({ reason, retryAfterMs });
    expect(known(facts)).toEqual({});
  });

  describeResponses(twin, name, connect);
}

/** The responses from the vendor's text, given by the contract test. */
function describeResponses(
  { provider, instance, credentials, responses }: ProviderTwin,
  name: string,
  connect: Connect,
) {
  const own = responses.filter(({ check }) => check === name);

  it('is tested with an unknown value, and with error codes of the vendor', () => {
    expect(own.filter(({ reason }) => reason === 'bad_response')).not.toEqual([]);
    expect(own.filter(({ reason }) => reason !== undefined && reason !== 'bad_response')).not.toEqual([]);
  });

  it.each(own)('response: $what', async ({ status = 200, body, reason, facts: expected }) => {
    const { session } = await connect(({ response }) => {
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(body);
      return true;
    });
    const { facts, failure } = await outcomeOf(checkOf(provider, session, name), contextOf(instance, credentials));
    expect(failure?.reason).toBe(reason);
    expect(known(facts)).toEqual(known(expected));
    if (failure === undefined) return;
    expect(reasonNames).toContain(failure.reason);
    expect(failure.message).toMatch(/^[\x20-\x7e]{1,200}$/);
  });
}
