// Writes the configuration of a fleet of Tencent Cloud instances, and starts the API that it names.
import { writeFileSync } from 'node:fs';
import { startScript } from './child.ts';

/** What a fleet looks like. */
export interface FleetShape {
  instances: number;
  accounts?: number;
  /** `scrape.refresh_interval` */
  refresh?: string;
  /** Own labels of an instance; default: three short ones. */
  labelsOf?: (index: number) => Record<string, string>;
}

/** A running API. */
export interface Api {
  port: number;
  stop: () => Promise<void>;
}

export async function startApi(): Promise<Api> {
  const child = startScript('support/instant-api.ts');
  const [, port] = await child.printed(/port (\d+)/);
  return { port: Number(port), stop: () => child.stop() };
}

const shortLabels = (index: number) => ({
  team: `payments-${index % 50}`,
  env: 'prod',
  cost_center: String(1000 + (index % 100)),
});

/** Writes the configuration; each instance has two checks. */
export function writeFleet(file: string, { port }: Api, shape: FleetShape): void {
  const { instances, accounts = 1, refresh = '1h', labelsOf = shortLabels } = shape;
  const lines = [`scrape: { refresh_interval: ${refresh}, max_stale: 1d }`, 'accounts:'];
  for (let index = 0; index < accounts; index++) {
    lines.push(
      `  account-${index}:`,
      '    provider: tencent_postgres',
      `    endpoint: http://127.0.0.1:${port}`,
      '    secret_id: id',
      '    secret_key: key',
      '    rate_limits: { "*": 100000, DescribeDBInstanceSSLConfig: 100000, DescribeEncryptionKeys: 100000 }',
    );
  }
  lines.push('instances:');
  for (let index = 0; index < instances; index++) {
    lines.push(
      `  - account: account-${index % accounts}`,
      `    id: postgres-${String(index).padStart(8, '0')}`,
      '    region: ap-guangzhou',
      `    name: orders-database-${index}`,
      // JSON is YAML.
      `    labels: ${JSON.stringify(labelsOf(index))}`,
    );
  }
  writeFileSync(file, `${lines.join('\n')}\n`);
}
