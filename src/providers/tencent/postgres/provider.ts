// TencentDB for PostgreSQL, API version 2017-03-12.
import type { AccountSettings, Provider } from '../../../model/provider.ts';
import { endpointSchema, metadataEndpointSchema } from '../../../http/endpoint.ts';
import { createClient } from '../client.ts';
import { createKmsCheck, kmsAction } from './kms-check.ts';
import { createSslCheck, sslAction } from './ssl-check.ts';
import { createUsualCredentials } from '../usual-credentials.ts';

/** Regions that both actions accept (pages of the actions, 2026-04-13). */
const regions = [
  'ap-bangkok',
  'ap-beijing',
  'ap-chengdu',
  'ap-chongqing',
  'ap-guangzhou',
  'ap-hongkong',
  'ap-jakarta',
  'ap-nanjing',
  'ap-seoul',
  'ap-shanghai',
  'ap-shanghai-fsi',
  'ap-shenzhen-fsi',
  'ap-singapore',
  'ap-tokyo',
  'eu-frankfurt',
  'na-ashburn',
  'na-siliconvalley',
  'sa-saopaulo',
] as const;

const defaultEndpoint = 'https://postgres.intl.tencentcloudapi.com';
const nearestAccess: ReadonlySet<string> = new Set([defaultEndpoint, 'https://postgres.tencentcloudapi.com']);

/** Nearest-access hosts do not serve the finance regions, which have hosts of their own (api/1130/57814). */
function endpointFor(endpoint: string, region: string): URL {
  const origin = new URL(endpoint.replaceAll('{region}', region)).origin;
  const ownHost = nearestAccess.has(origin) && region.endsWith('-fsi');
  return new URL(ownHost ? `https://postgres.${region}.tencentcloudapi.com` : origin);
}

const stsEndpoint = 'https://sts.tencentcloudapi.com';
const metadataHost = 'metadata.tencentyun.com';

/** Settings of an account that names no credential. */
interface TencentSettings extends AccountSettings {
  sts_endpoint?: string | undefined;
  metadata_endpoint?: string | undefined;
}

export const tencentPostgres: Provider<TencentSettings> = {
  id: 'tencent_postgres',
  engine: 'postgresql',
  regions,
  defaultEndpoint,
  settings: {
    sts_endpoint: endpointSchema(false)
      .optional()
      .describe(`Where TKE pod identity is exchanged for credentials. Default: ${stsEndpoint}`),
    metadata_endpoint: metadataEndpointSchema(metadataHost)
      .optional()
      .describe(`Metadata service that gives the credentials of a CVM role. Default: http://${metadataHost}`),
  },
  credentials: [
    { name: 'secret_id', required: true, env: 'TENCENTCLOUD_SECRET_ID' },
    { name: 'secret_key', required: true, env: 'TENCENTCLOUD_SECRET_KEY' },
    { name: 'token', required: false, env: 'TENCENTCLOUD_SESSION_TOKEN' },
  ],
  usualCredentials(account, tools) {
    const { sts_endpoint: sts = stsEndpoint, metadata_endpoint: metadata = `http://${metadataHost}` } = account;
    return createUsualCredentials({ sts, metadata }, tools);
  },
  checks: { ssl: { action: sslAction }, kms: { action: kmsAction } },
  // Per action, access region and sub-account, counted at arrival (pages of the actions; product/1278/109059).
  rateLimits: { [sslAction]: 20, [kmsAction]: 1000 },
  connect({ endpoint }, { now }) {
    const call = createClient((region) => endpointFor(endpoint, region), now);
    return {
      host: ({ region }) => endpointFor(endpoint, region).host,
      checks: { ssl: createSslCheck(call), kms: createKmsCheck(call) },
    };
  },
};
