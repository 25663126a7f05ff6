// OceanBase Cloud, API v2.
import * as z from 'zod';
import type { AccountSettings, Provider } from '../../../model/provider.ts';
import { createClient, type OceanBaseSession } from '../client.ts';
import { instanceList } from './instance-list.ts';
import { sslCheck } from './ssl-check.ts';
import { tdeCheck } from './tde-check.ts';

interface OceanBaseSettings extends AccountSettings {
  project_id?: string | undefined;
}

export const oceanbase: Provider<OceanBaseSettings, OceanBaseSession> = {
  id: 'oceanbase',
  title: 'OceanBase Cloud',
  engine: 'oceanbase',
  // Its proxy speaks the protocol of MySQL.
  database: { protocol: 'mysql', hintsFrom: [sslCheck.name], reportsAddress: false, caUrl: 'caUrl' },
  defaultEndpoint: 'https://api-cloud.oceanbase.com',
  settings: {
    project_id: z
      .string()
      .regex(/^[\w-]{1,64}$/, 'must be a project id: letters, digits, - and _')
      .optional()
      .meta({
        description: 'Sent as X-Ob-Project-Id; without it the API uses the project that the key used last.',
        examples: ['1234'],
      }),
  },
  warnings: ({ project_id: projectId }) =>
    projectId === undefined
      ? [{ setting: 'project_id', message: 'is not set: the API uses the project that the key used last' }]
      : [],
  credentials: [
    { name: 'access_key_id', required: true, secret: false, env: 'OCEANBASE_ACCESS_KEY_ID' },
    { name: 'access_key_secret', required: true, secret: true, env: 'OCEANBASE_ACCESS_KEY_SECRET' },
  ],
  checks: [sslCheck, tdeCheck],
  list: instanceList,
  // The vendor documents no limit.
  perSecond: 10,
  connect({ endpoint, project_id: projectId }, { now, randomBytes }) {
    const { host, origin } = new URL(endpoint);
    return { host: () => host, get: createClient({ endpoint: origin, projectId, now, randomBytes }) };
  },
};
