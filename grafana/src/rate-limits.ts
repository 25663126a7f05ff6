// The rate limits of the exporter, each with a query of its calls and a variable to change it.
import { lastingFamilies } from '../../src/metrics/catalogue.ts';
import { callsOf, type Provider } from '../../src/model/provider.ts';
import { ofAccount } from './exporter-selectors.ts';

/** One rate limit. */
export interface RateLimit {
  /** Name of the variable; no other limit has it. */
  variable: string;
  title: string;
  /** Calls per second. */
  limit: number;
  /** Query of the calls per second that count towards it. */
  rate: string;
  legend: string;
}

type Named = Omit<RateLimit, 'rate'>;

/** The limits of these providers: one for each action with its own limit, one for all other actions of a provider. */
export function rateLimits(providers: readonly Provider[]): RateLimit[] {
  const names = new Set<string>();
  return providers.flatMap((provider) => {
    const { id, perSecond } = provider;
    const actions = new Map<string, number | undefined>();
    for (const call of callsOf(provider)) if (call.action !== undefined) actions.set(call.action, call.perSecond);
    const own = [...actions].flatMap(([action, limit]) => (limit === undefined ? [] : [{ action, limit }]));
    const limits = own.map(({ action, limit }): RateLimit => {
      const named = nameLimit(names, `${id}_${action}`, limit, `${id} ${action}`, '{{account}} {{action}}');
      return {
        ...named,
        rate: callRate(`provider=${quoted(id)}, action=${quoted(action)}`, 'provider, account, action'),
      };
    });
    if (perSecond === undefined || own.length === actions.size) return limits;
    const others = own.length === 0 ? '' : `, action!~${quoted(own.map(({ action }) => escaped(action)).join('|'))}`;
    const common = nameLimit(names, id, perSecond, id, '{{account}}');
    return [...limits, { ...common, rate: callRate(`provider=${quoted(id)}${others}`, 'provider, account') }];
  });
}

/** Calls per second. */
function callRate(matcher: string, by: string): string {
  return `sum by (${by}) (rate(${lastingFamilies.requests.name}{${ofAccount}, ${matcher}}[$__rate_interval]))`;
}

/** A variable name can only have letters, digits and `_`, so two actions could collide. */
function nameLimit(taken: Set<string>, text: string, limit: number, subject: string, legend: string): Named {
  const plain = `limit_${text.replaceAll(/\W+/g, '_')}`;
  let variable = plain;
  for (let number = 2; taken.has(variable); number++) variable = `${plain}_${number}`;
  taken.add(variable);
  return { variable, title: `${subject}, calls/s`, limit, legend };
}

/** A quoted string in a query. */
function quoted(text: string): string {
  return JSON.stringify(text);
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}
