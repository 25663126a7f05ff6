// Both simulated clouds, with healthy databases that tests can change, and a configuration for them.
import { type OceanBaseInstance, startOceanBaseApi } from '../../src/demo/oceanbase/oceanbase-api.ts';
import { type PostgresInstance, startPostgresApi } from '../../src/demo/tencent/postgres-api.ts';
import { secret } from '../support/secret.ts';
import { createPeerFolder } from './peer.ts';

const keyId = secret('key id of the changing fleet');
const key = secret('key of the changing fleet');
const region = 'ap-guangzhou';
const dayMs = 86_400_000;

/** Ids of the databases; those on `-own` have the label `team="payments"`, the others `team="commerce"`. */
export const postgresIds = ['pg-1', 'pg-2', 'pg-own'] as const;
export const oceanbaseIds = ['ob-1', 'ob-2', 'ob-own'] as const;

/** Changes of the configuration. */
interface ConfigurationChanges {
  /** Ids of instances that are not watched. */
  without?: readonly string[];
  /** A finding that is accepted for an instance, until a day. */
  accept?: { id: string; finding: string; until: string };
}

/** A fleet that a test changes while it is watched. */
export interface ChangingFleet {
  /** Path of the configuration; the accounts are called `tencent` and `oceanbase`. */
  config: string;
  /** Makes both clouds well again. */
  heal: () => void;
  /** Changes an instance of the Tencent cloud. */
  postgres: (id: (typeof postgresIds)[number], changes: Partial<PostgresInstance>) => void;
  /** Changes the response of the OceanBase API for an instance. */
  oceanbase: (id: (typeof oceanbaseIds)[number], changes: Record<string, unknown>) => void;
  /** Whether the OceanBase API responds only with 503. */
  breakOceanbase: (down: boolean) => void;
  /** The clock of OceanBase goes before ours. */
  skewOceanbase: (seconds: number) => void;
  /** Writes the configuration of the whole fleet, with these changes. */
  configure: (changes?: ConfigurationChanges) => Promise<void>;
  /** Writes another configuration, without instances. @returns its path */
  writeIdleConfiguration: () => Promise<string>;
  /** Writes a configuration that is none. */
  misconfigure: () => Promise<void>;
  stop: () => Promise<void>;
}

/** Starts both clouds, all well, and writes the configuration. */
export async function startChangingFleet(): Promise<ChangingFleet> {
  const folder = await createPeerFolder();
  const state = { tencent: healthyPostgres(), oceanbase: healthyOceanbase(), down: false, clockMs: 0 };

  const tencent = await startPostgresApi({ secretId: keyId, secretKey: key, instances: () => state.tencent });
  const oceanbase = await startOceanBaseApi({
    accessKeyId: keyId,
    accessKeySecret: key,
    instances: () => state.oceanbase,
    now: () => Date.now() + state.clockMs,
    intercept: ({ response }) => {
      if (state.down) response.writeHead(503).end();
      return state.down;
    },
  });

  async function configure({ without = [], accept }: ConfigurationChanges = {}): Promise<void> {
    const labels = (id: string) => ({ team: id.endsWith('-own') ? 'payments' : 'commerce' });
    const ocean = { access_key_id: keyId, access_key_secret: key, rate_limits: { '*': 1000 } };
    const config = {
      // Facts are to be gone soon after their check begins to fail.
      scrape: { request_timeout: '500ms', retries: 0, max_stale: '2s' },
      accounts: {
        tencent: { provider: 'tencent_postgres', endpoint: tencent.url, secret_id: keyId, secret_key: key },
        oceanbase: { provider: 'oceanbase', endpoint: oceanbase.url, ...ocean },
      },
      instances: [
        ...postgresIds.map((id) => ({ account: 'tencent', id, region })),
        ...oceanbaseIds.map((id) => ({ account: 'oceanbase', id, checks: ['ssl'] })),
      ]
        .filter(({ id }) => !without.includes(id))
        .map((instance) => ({ ...instance, labels: labels(instance.id), accept: acceptedFor(instance.id, accept) })),
    };
    await folder.write('config.yaml', JSON.stringify(config));
  }

  await configure();
  return {
    config: `${folder.path}/config.yaml`,
    heal: () =>
      Object.assign(state, { tencent: healthyPostgres(), oceanbase: healthyOceanbase(), down: false, clockMs: 0 }),
    postgres: (id, changes) => {
      state.tencent = state.tencent.map((instance) => (instance.id === id ? { ...instance, ...changes } : instance));
    },
    oceanbase: (id, changes) => {
      state.oceanbase = state.oceanbase.map((instance) =>
        instance.id === id ? { ...instance, ssl: { ...instance.ssl, ...changes } } : instance,
      );
    },
    breakOceanbase: (down) => {
      state.down = down;
    },
    skewOceanbase: (seconds) => {
      state.clockMs = seconds * 1000;
    },
    configure,
    writeIdleConfiguration: () => folder.write('idle.yaml', 'accounts: {}\ninstances: []\n'),
    misconfigure: async () => {
      await folder.write('config.yaml', 'accounts: [');
    },
    stop: async () => {
      await Promise.all([tencent.close(), oceanbase.close()]);
      await folder.remove();
    },
  };
}

/** The expiry of a certificate that the API does not report is accepted, so that a healthy fleet has no finding. */
function acceptedFor(id: string, also: ConfigurationChanges['accept']): object[] {
  const unknown = { finding: 'certificate_unknown', until: '2099-12-31', reason: 'test' };
  const own = also?.id === id ? [{ finding: also.finding, until: also.until, reason: 'test' }] : [];
  return (postgresIds as readonly string[]).includes(id) ? [unknown, ...own] : own;
}

function healthyPostgres(): PostgresInstance[] {
  return postgresIds.map((id) => ({ id, region, sslEnabled: true, keys: [keyOf(id)] }));
}

function healthyOceanbase(): OceanBaseInstance[] {
  const ssl = { enableSSL: 'OPEN', forceSSL: 'OPEN', forceSSLSupport: true, autoUpdate: 'OPEN', certValid: true };
  return oceanbaseIds.map((id) => ({ id, ssl: { instanceId: id, status: 'OPEN', ...ssl, ...endsIn(243) } }));
}

/** The key of an instance: enabled, and a month old. */
export function keyOf(
  id: string,
  changes: Partial<PostgresInstance['keys'][number]> = {},
): PostgresInstance['keys'][number] {
  return { id: `key-of-${id}`, alias: 'data', region, enabled: true, createTime: daysAgo(30), ...changes };
}

/** Expiry of a server certificate in the format of OceanBase. */
export function endsIn(days: number): { validPeriod: string } {
  return { validPeriod: `${new Date(Date.now() + days * dayMs).toISOString().slice(0, 19)}Z` };
}

/** `YYYY-MM-DD HH:MM:SS` in UTC+8, as Tencent writes it. */
export function daysAgo(days: number): string {
  return new Date(Date.now() - days * dayMs + 8 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ');
}
