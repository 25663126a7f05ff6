// TencentDB for PostgreSQL.
import type { Provider } from '../../../model/provider.ts';
import { type TencentSettings, tencentAccount } from '../account.ts';
import { openSession, type TencentSession } from '../session.ts';
import { instanceList } from './instance-list.ts';
import { kmsCheck } from './kms-check.ts';
import { postgres } from './product.ts';
import { sslCheck } from './ssl-check.ts';

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
];

export const tencentPostgres: Provider<TencentSettings, TencentSession> = {
  ...tencentAccount,
  id: 'tencent_postgres',
  title: 'TencentDB for PostgreSQL',
  engine: 'postgresql',
  regions,
  database: { protocol: 'postgres', hintsFrom: [sslCheck.name], reportsAddress: true, caUrl: 'CAUrl' },
  defaultEndpoint: 'https://postgres.intl.tencentcloudapi.com',
  checks: [sslCheck, kmsCheck],
  list: instanceList,
  connect: ({ endpoint }, { now }) => openSession(postgres, endpoint, now),
};
