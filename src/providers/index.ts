// The providers: one line each.
import { withCaCheck } from '../ca-bundle/ca-check.ts';
import type { Provider } from '../model/provider.ts';
import { withTlsCheck } from '../probe/tls-check.ts';
import { oceanbase } from './oceanbase/cloud/provider.ts';
import { tencentPostgres } from './tencent/postgres/provider.ts';

export const providers: readonly Provider[] = [tencentPostgres, oceanbase].map(withCaCheck).map(withTlsCheck);
