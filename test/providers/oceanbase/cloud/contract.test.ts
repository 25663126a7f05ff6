// OceanBase Cloud keeps the contract of a provider.
import { startOceanBaseApi } from '../../../../src/demo/oceanbase/oceanbase-api.ts';
import { oceanbase } from '../../../../src/providers/oceanbase/cloud/provider.ts';
import { describeProvider } from '../../contract.ts';
import { credentials, fixture, instance } from './answers.ts';

describeProvider({
  provider: oceanbase,
  instance,
  credentials,
  wrongCredentials: { ...credentials, access_key_secret: 'wrong' },
  startSimulation: (intercept) =>
    startOceanBaseApi({
      accessKeyId: credentials.access_key_id,
      accessKeySecret: credentials.access_key_secret,
      instances: [{ id: instance.id, ssl: (JSON.parse(fixture('ssl.txt')) as { data: Record<string, unknown> }).data }],
      intercept,
    }),
});
