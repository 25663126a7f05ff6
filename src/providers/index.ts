// The clouds that are known: one line each.
import type { Provider } from '../core/provider.ts';
import { oceanbase } from './oceanbase/provider.ts';
import { tencentPostgres } from './tencent-postgres/provider.ts';

export const providers: readonly Provider[] = [tencentPostgres, oceanbase];
