// The contract holds for a provider with a check that makes no HTTP request: one value, like any other check.
import type { Check } from '../../src/model/check.ts';
import type { Provider } from '../../src/model/provider.ts';
import { instanceOf } from './check-context.ts';
import { describeProvider } from './contract.ts';

const wire: Check = {
  name: 'wire',
  facts: { ssl_enabled: 'the instance id' },
  run: ({ instance }) => Promise.resolve({ facts: { sslEnabled: instance.id === 'good' } }),
};

const local: Provider = {
  id: 'local',
  title: 'No cloud at all',
  engine: 'none',
  defaultEndpoint: 'https://unused.example.com',
  settings: {},
  credentials: [{ name: 'token', required: true, secret: true, env: 'LOCAL_TOKEN' }],
  checks: [wire],
  connect: ({ endpoint }) => ({ host: () => new URL(endpoint).host }),
};

describeProvider({
  provider: local,
  instance: instanceOf('local', { id: 'good', checks: ['wire'] }),
  credentials: { token: 't' },
  wrongCredentials: { token: 'wrong' },
  healthy: { wire: { sslEnabled: true } },
  unhealthy: { id: 'bad', facts: { wire: { sslEnabled: false } } },
  responses: [],
});
