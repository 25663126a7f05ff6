// Account settings that all products of Tencent Cloud share: credentials, their chain, and its endpoints.
import type * as z from 'zod';
import { endpointSchema, metadataEndpointSchema } from '../../http/endpoint.ts';
import type { AccountSettings, Provider } from '../../model/provider.ts';
import { assumedRole, assumedRoleSchema } from './assumed-role.ts';
import { createCredentialChain, variables } from './credential-chain.ts';

const stsEndpoint = 'https://sts.tencentcloudapi.com';
const internationalSts = 'https://sts.intl.tencentcloudapi.com';
const metadataHost = 'metadata.tencentyun.com';

/** The role that an account assumes, and the endpoints that credentials come from. */
export interface TencentSettings extends AccountSettings {
  assume_role?: z.output<typeof assumedRoleSchema>;
  sts_endpoint?: string | undefined;
  metadata_endpoint?: string | undefined;
}

/** The part of a provider that a product spreads into its own. */
export const tencentAccount = {
  settings: {
    assume_role: assumedRoleSchema,
    sts_endpoint: endpointSchema(false)
      .optional()
      .meta({
        description: `STS, which provides the credentials of an assumed role and of TKE pod identity. Default: \`${stsEndpoint}\``,
        examples: [internationalSts],
      }),
    metadata_endpoint: metadataEndpointSchema(metadataHost)
      .optional()
      .meta({
        description: `Metadata service that provides the credentials of a CVM role. Default: \`http://${metadataHost}\``,
        examples: [`http://${metadataHost}`],
      }),
  },
  credentials: [
    { name: 'secret_id', required: true, secret: false, env: variables.secretId },
    { name: 'secret_key', required: true, secret: true, env: variables.secretKey },
    { name: 'token', required: false, secret: true, sentInHeader: true, env: variables.token },
  ],
  usualCredentials(account, tools) {
    const { sts_endpoint: sts = stsEndpoint, metadata_endpoint: metadata = `http://${metadataHost}` } = account;
    return createCredentialChain({ sts, metadata }, tools);
  },
  role: ({ assume_role: role, sts_endpoint: sts = stsEndpoint }) =>
    role === undefined ? undefined : assumedRole(role, sts),
  warnings({ assume_role: role, endpoint, sts_endpoint: sts = stsEndpoint }) {
    const sites = [endpoint, sts].map(siteOf);
    if (role === undefined || sites.includes(undefined) || sites[0] === sites[1]) return [];
    const right = sites[0] === 'international' ? internationalSts : stsEndpoint;
    const message = `is of another site than endpoint: set ${right}, or the endpoint of the other site`;
    return [{ setting: 'sts_endpoint', message }];
  },
} satisfies Pick<Provider<TencentSettings>, 'settings' | 'credentials' | 'usualCredentials' | 'role' | 'warnings'>;

/** The sites have separate accounts and keys. undefined for other hosts, such as a private endpoint. */
function siteOf(endpoint: string): 'international' | 'Chinese' | undefined {
  const { hostname } = new URL(endpoint.replace('{region}', 'region'));
  if (!hostname.endsWith('.tencentcloudapi.com')) return undefined;
  return hostname.endsWith('.intl.tencentcloudapi.com') ? 'international' : 'Chinese';
}
