// What every provider promises, whatever its cloud: run against each one in the list.
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Intercept, SimulatedApi } from '../../src/demo/simulated-api.ts';
import { endpointSchema } from '../../src/http/endpoint.ts';
import type { Facts } from '../../src/model/facts.ts';
import { Failure, type Reason, reasonNames } from '../../src/model/failure.ts';
import type { Instance } from '../../src/model/instance.ts';
import type { Provider, Session } from '../../src/model/provider.ts';
import { contextOf, known, outcomeOf } from './check-context.ts';

/** How a provider is met in tests; `<folder>/contract.test.ts` says it for each. */
export interface ProviderTwin {
  provider: Provider;
  /** A healthy instance of the simulation, with all checks of the provider. */
  instance: Instance;
  credentials: Readonly<Record<string, string>>;
  /** The same, with a secret that the simulation refuses. */
  wrongCredentials: Readonly<Record<string, string>>;
  startSimulation: (intercept: Intercept) => Promise<SimulatedApi>;
}

type Fault = (response: Parameters<Intercept>[0]['response']) => void;

const html = '<!doctype html><title>Sign in</title>';
const json = (body: string): Fault => {
  return (response) => response.writeHead(200, { 'Content-Type': 'application/json' }).end(body);
};
const status = (code: number, headers: Record<string, string> = {}, body = '{}'): Fault => {
  return (response) => response.writeHead(code, headers).end(body);
};

/** What a gateway, a proxy or a broken server answers, and the reason that it stands for. */
const faults: [what: string, reason: Reason, fault: Fault, retryAfterMs?: number][] = [
  ['401', 'auth', status(401)],
  ['403', 'permission', status(403)],
  ['404', 'not_found', status(404)],
  ['408', 'timeout', status(408)],
  ['418', 'rejected', status(418)],
  ['429', 'rate_limited', status(429)],
  ['429 with Retry-After', 'rate_limited', status(429, { 'Retry-After': '7' }), 7000],
  ['500', 'unavailable', status(500)],
  ['502 with a page of HTML', 'unavailable', status(502, { 'Content-Type': 'text/html' }, html)],
  ['503 with Retry-After', 'unavailable', status(503, { 'Retry-After': '120' }), 120_000],
  ['302', 'bad_response', status(302, { Location: 'https://login.example.com/' }, html)],
  ['304', 'bad_response', status(304, {}, '')],
  ['200 with a page of HTML', 'bad_response', status(200, { 'Content-Type': 'text/html' }, html)],
  ['200 with nothing', 'bad_response', json('')],
  ['200 with blanks', 'bad_response', json(' \n')],
  ['200 with null', 'bad_response', json('null')],
  ['200 with JSON that is cut', 'bad_response', json('{"Response":{"SSLEnabled":true,"data":{"enableSSL":"OP')],
  ['200 with a list', 'bad_response', json('[{"success":true}]')],
  ['200 with a number', 'bad_response', json('7')],
  ['200 with a text', 'bad_response', json('"ok"')],
  ['200 with true', 'bad_response', json('true')],
  ['200 with an empty object', 'bad_response', json('{}')],
];

/** Everything that facts may hold, and nothing else. */
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
} satisfies Record<keyof Facts, z.ZodType>);

/** Declares the suite for one provider. */
export function describeProvider({ provider, instance, credentials, wrongCredentials, startSimulation }: ProviderTwin) {
  describe(`provider ${provider.id}`, () => {
    const checks = Object.keys(provider.checks);
    let api: SimulatedApi | undefined;

    afterEach(async () => {
      await api?.close();
      api = undefined;
    });

    async function connect(intercept: Intercept = () => false): Promise<Session> {
      api = await startSimulation(intercept);
      return provider.connect({ endpoint: api.url }, { now: Date.now, randomBytes: (size) => Buffer.alloc(size, 7) });
    }

    it('has an id that is a label value and a word of YAML, and an engine', () => {
      expect(provider.id).toMatch(/^[a-z]+(?:_[a-z0-9]+)*$/);
      expect(provider.engine).toMatch(/^[a-z]+$/);
    });

    it('has a default endpoint that a configuration could name', () => {
      expect(endpointSchema(provider.regions !== undefined).safeParse(provider.defaultEndpoint).success).toBe(true);
      expect(provider.defaultEndpoint).toMatch(/^https:/);
    });

    it('has only settings that may be left out', () => {
      expect(z.strictObject(provider.settings).safeParse({}).success).toBe(true);
    });

    it('has credentials, each with a variable of its own', () => {
      expect(provider.credentials.some(({ required }) => required)).toBe(true);
      expect(new Set(provider.credentials.map(({ name }) => name)).size).toBe(provider.credentials.length);
      expect(new Set(provider.credentials.map(({ env }) => env)).size).toBe(provider.credentials.length);
    });

    it('has exactly the checks in its session that it declares', async () => {
      const session = await connect();
      expect(checks.length).toBeGreaterThan(0);
      expect(Object.keys(session.checks).toSorted()).toEqual(checks.toSorted());
      expect(instance.checks.toSorted()).toEqual(checks.toSorted());
    });

    it('knows the region of its instance, where it has regions', () => {
      expect(provider.regions ?? [instance.region]).toContain(instance.region);
      expect(new Set(provider.regions).size).toBe(provider.regions?.length ?? 0);
    });

    describe.each(checks)('check %s', (name) => {
      it('has an action and a rate limit', () => {
        const action = provider.checks[name]?.action ?? '';
        expect(action).toMatch(/^[A-Z]\w+$/);
        expect(provider.rateLimits[action] ?? provider.rateLimits['*']).toBeGreaterThan(0);
      });

      it('gives facts and no failure for a healthy instance', async () => {
        const session = await connect();
        const { facts, failure } = await outcomeOf(session.checks[name]!, contextOf(instance, credentials));
        expect(failure).toBeUndefined();
        expect(Object.keys(known(facts)).length).toBeGreaterThan(0);
        expect(factsSchema.parse(facts)).toEqual(facts);
      });

      it('asks the host that it says it asks, and nobody else', async () => {
        const session = await connect();
        const context = contextOf(instance, credentials);
        await outcomeOf(session.checks[name]!, context);
        expect(context.requests.length).toBeGreaterThan(0);
        for (const { url } of context.requests) expect(new URL(url).host).toBe(session.host(instance));
        expect(session.host(instance)).toBe(new URL(api!.url).host);
      });

      it('costs one request once it is warm', async () => {
        const session = await connect();
        await outcomeOf(session.checks[name]!, contextOf(instance, credentials));
        const context = contextOf(instance, credentials);
        await outcomeOf(session.checks[name]!, context);
        expect(context.requests).toHaveLength(1);
      });

      it('sends no secret in the clear', async () => {
        const session = await connect();
        const context = contextOf(instance, credentials);
        await outcomeOf(session.checks[name]!, context);
        const sent = JSON.stringify(context.requests);
        const secret = Object.entries(credentials).find(([field]) => /secret$|secret_key$/.test(field))?.[1];
        expect(secret).toBeDefined();
        expect(sent).not.toContain(secret);
      });

      it('fails with auth for a wrong secret, and works with the right one in the same session', async () => {
        const session = await connect();
        const wrong = await outcomeOf(session.checks[name]!, contextOf(instance, wrongCredentials));
        expect(wrong).toMatchObject({ failure: { reason: 'auth', retryable: false } });
        const right = await outcomeOf(session.checks[name]!, contextOf(instance, credentials));
        expect(right.failure).toBeUndefined();
      });

      it('fails with not_found for an instance that does not exist', async () => {
        const session = await connect();
        const stranger = { ...instance, id: 'stranger' };
        const { facts, failure } = await outcomeOf(session.checks[name]!, contextOf(stranger, credentials));
        expect(known(facts)).toEqual({});
        expect(failure).toMatchObject({ reason: 'not_found' });
      });

      it.each(faults)('met with %s fails with %s and has no facts', async (_what, reason, fault, retryAfterMs) => {
        const session = await connect(({ response }) => {
          fault(response);
          return true;
        });
        const { facts, failure } = await outcomeOf(session.checks[name]!, contextOf(instance, credentials));
        expect(failure).toBeInstanceOf(Failure);
        expect(failure).toMatchObject({ reason, retryAfterMs });
        expect(known(facts)).toEqual({});
      });

      it('passes a failure to send on as it is', async () => {
        const session = await connect();
        const refused = new Failure('network', 'no way');
        const context = { ...contextOf(instance, credentials), send: () => Promise.reject(refused) };
        await expect(session.checks[name]!(context)).rejects.toBe(refused);
      });

      it('fails with a reason of the closed list and a message of one line', async () => {
        const session = await connect(({ response }) => {
          response.end('{"Response":{"Error":{"Code":"A\\nB"}},"success":false,"errorCode":"A\\nB"}');
          return true;
        });
        const { failure } = await outcomeOf(session.checks[name]!, contextOf(instance, credentials));
        expect(reasonNames).toContain(failure?.reason);
        expect(failure?.message).toMatch(/^[\x20-\x7e]{1,200}$/);
      });
    });
  });
}
