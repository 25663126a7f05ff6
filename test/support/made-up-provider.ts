// Providers that do not exist, to show that shared code works from their data alone.
import type { Check } from '../../src/model/check.ts';
import type { Provider } from '../../src/model/provider.ts';

const nothing: Omit<Check, 'name'> = { facts: {}, run: async () => ({ facts: {} }) };

/** A check that reports nothing, but for what is given. */
export function madeUpCheck(name: string, given: Partial<Check>): Check {
  return { ...nothing, name, ...given };
}

/** A provider without credentials, but for what is given. */
export function madeUpProvider(id: string, given: Partial<Provider>): Provider {
  return {
    id,
    title: `Product ${id}`,
    engine: 'made-up',
    defaultEndpoint: 'https://api.example.com',
    settings: {},
    credentials: [],
    checks: [],
    connect: ({ endpoint }) => ({ host: () => new URL(endpoint).host }),
    ...given,
  };
}
