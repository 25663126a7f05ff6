// Helpers of the provider tests: a check called with real requests, and its result as samples.

import { createHttpClient } from '../../src/http/client.ts';
import { instanceFamilies } from '../../src/metrics/catalogue.ts';
import { sampleLine } from '../../src/metrics/encode.ts';
import { viewOf } from '../../src/metrics/instance-view.ts';
import { type AddSample, type InstanceFamilyKey, instanceSamples } from '../../src/metrics/samples.ts';
import type { Check, CheckAnswer, CheckContext } from '../../src/model/check.ts';
import type { Facts } from '../../src/model/facts.ts';
import { Failure } from '../../src/model/failure.ts';
import type { HttpRequest, HttpResponse } from '../../src/model/http.ts';
import type { Instance } from '../../src/model/instance.ts';
import type { Session } from '../../src/model/session.ts';

/** An instance with only the given fields set. */
export function instanceOf(provider: string, fields: Partial<Instance> & { id: string }): Instance {
  return { account: 'a', provider, region: '', name: fields.id, labels: {}, checks: [], ...fields };
}

/** A context whose requests go over HTTP; `requests` has those sent, `debugs` the debug messages. */
export interface RecordedContext extends CheckContext {
  /** Set by `checkOf`. */
  session: Session;
  requests: HttpRequest[];
  debugs: { message: string; fields: Record<string, unknown> }[];
}

const client = createHttpClient('test/1');

/** @param respond returns the response, instead of HTTP */
export function contextOf(
  instance: Instance,
  credentials: Readonly<Record<string, string>>,
  respond?: (request: HttpRequest) => HttpResponse,
): RecordedContext {
  const requests: HttpRequest[] = [];
  const debugs: RecordedContext['debugs'] = [];
  return {
    instance,
    session: { host: () => '' },
    hints: {},
    database: {
      turn: () => Promise.resolve(() => undefined),
      connect: () => Promise.reject(new Failure('network', 'no database in this test')),
      readCa: () => Promise.reject(new Failure('network', 'no CA file in this test')),
      downloadCa: () => Promise.reject(new Failure('network', 'no CA bundle in this test')),
    },
    timeoutMs: 5000,
    signal: new AbortController().signal,
    credentials,
    replaceCredentials: () => Promise.resolve(false),
    requests,
    debugs,
    debug: (message, fields) => debugs.push({ message, fields }),
    send: async (prepare) => {
      const request = prepare();
      requests.push(request);
      if (respond !== undefined) return respond(request);
      return await client.send(request, { timeoutMs: 5000, signal: new AbortController().signal });
    },
  };
}

/** Runs a check of a provider in a session. */
export type RunCheck = (context: RecordedContext) => Promise<CheckAnswer>;

/** A check of a provider by its name, bound to a session. */
export function checkOf<S extends Session>(
  { id, checks }: { id: string; checks: readonly Check<S>[] },
  session: S,
  name: string,
): RunCheck {
  const check = checks.find((one) => one.name === name);
  if (check === undefined) throw new Error(`${id} has no check ${name}`);
  return (context) => {
    context.session = session;
    return check.run(context as CheckContext<S> & RecordedContext);
  };
}

/** The result of a check, or the failure that it threw; any other error is rethrown. */
export async function outcomeOf(check: RunCheck, context: RecordedContext): Promise<Partial<CheckAnswer>> {
  try {
    return await check(context);
  } catch (error) {
    if (error instanceof Failure) return { failure: error };
    throw error;
  }
}

/** The facts without undefined ones, so that absent facts compare equal. */
export function known(facts: Facts | undefined): Record<string, unknown> {
  return JSON.parse(JSON.stringify(facts ?? {})) as Record<string, unknown>;
}

/** The samples of facts, as `name{labels} value`, without the identity labels. */
export function samplesOf(instance: Instance, facts: Facts | undefined, nowMs: number): string[] {
  const view = viewOf({ instance, checks: [], facts: facts ?? {} }, 'e', []);
  const samples: string[] = [];
  for (const [key, { name }] of Object.entries(instanceFamilies)) {
    if (key === 'instanceInfo' || key === 'kmsKeyInfo') continue;
    const add: AddSample = (value, pairs = '') => {
      if (value !== undefined) samples.push(sampleLine(name, pairs, Number(value)).trim());
    };
    instanceSamples[key as InstanceFamilyKey](view, add, nowMs);
  }
  return samples;
}
