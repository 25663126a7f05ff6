// TencentDB for PostgreSQL keeps the contract of a provider.
import { startTencentApi } from '../../../../src/demo/tencent/tencent-api.ts';
import { tencentPostgres } from '../../../../src/providers/tencent/postgres/provider.ts';
import { describeProvider } from '../../contract.ts';
import { credentials, fixture, instance } from './answers.ts';

describeProvider({
  provider: tencentPostgres,
  instance,
  credentials,
  wrongCredentials: { ...credentials, secret_key: 'wrong' },
  startSimulation: (intercept) =>
    startTencentApi({
      secretId: credentials.secret_id,
      secretKey: credentials.secret_key,
      instances: [
        {
          id: instance.id,
          region: instance.region,
          sslEnabled: true,
          caCert: fixture('root.pem'),
          keys: [{ id: 'k', alias: 'a', region: 'ap-guangzhou', enabled: true, createTime: '2022-03-24 10:39:14' }],
        },
      ],
      intercept,
    }),
});
