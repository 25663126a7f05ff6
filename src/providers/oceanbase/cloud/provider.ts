// OceanBase Cloud, API v2.
import { z } from 'zod';
import type { AccountSettings, Provider } from '../../../model/provider.ts';
import { createClient } from '../client.ts';
import { createSslCheck, sslAction } from './ssl-check.ts';

interface OceanBaseSettings extends AccountSettings {
  project_id?: string | undefined;
}

export const oceanbase: Provider<OceanBaseSettings> = {
  id: 'oceanbase',
  engine: 'oceanbase',
  defaultEndpoint: 'https://api-cloud.oceanbase.com',
  settings: {
    project_id: z
      .string()
      .regex(/^[\w-]{1,64}$/, 'must be a project id: letters, digits, - and _')
      .optional()
      .describe('Sent as X-Ob-Project-Id; without it the API takes the project that the key used last.'),
  },
  credentials: [
    { name: 'access_key_id', required: true, env: 'OCEANBASE_ACCESS_KEY_ID' },
    { name: 'access_key_secret', required: true, env: 'OCEANBASE_ACCESS_KEY_SECRET' },
  ],
  checks: { ssl: { action: sslAction } },
  // Nothing is documented upstream, so modest.
  rateLimits: { '*': 10 },
  connect({ endpoint, project_id: projectId }, { now, randomBytes }) {
    const { host, origin } = new URL(endpoint);
    const get = createClient({ endpoint: origin, projectId, now, randomBytes });
    return { host: () => host, checks: { ssl: createSslCheck(get) } };
  },
};
