// Account settings that all products of Tencent Cloud share: credentials, their chain, and its endpoints.
import { endpointSchema, metadataEndpointSchema } from '../../http/endpoint.ts';
import type { AccountSettings, Provider } from '../../model/provider.ts';
import { createCredentialChain, variables } from './credential-chain.ts';

const stsEndpoint = 'https://sts.tencentcloudapi.com';
const metadataHost = 'metadata.tencentyun.com';

/** Endpoints of the credential chain, for an account that configures no credential. */
export interface TencentSettings extends AccountSettings {
  sts_endpoint?: string | undefined;
  metadata_endpoint?: string | undefined;
}

/** The part of a provider that a product spreads into its own. */
export const tencentAccount = {
  settings: {
    sts_endpoint: endpointSchema(false)
      .optional()
      .describe(`Where TKE pod identity is exchanged for credentials. Default: ${stsEndpoint}`),
    metadata_endpoint: metadataEndpointSchema(metadataHost)
      .optional()
      .describe(`Metadata service that provides the credentials of a CVM role. Default: http://${metadataHost}`),
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
} satisfies Pick<Provider<TencentSettings>, 'settings' | 'credentials' | 'usualCredentials'>;
