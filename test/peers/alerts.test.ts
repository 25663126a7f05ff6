// From a changing database to the receiver of the alert: the built exporter on simulated clouds, a real Prometheus
// with the shipped rules, a real Alertmanager with the shipped routing. Only durations and addresses differ.
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type ExporterProcess, startExporter } from '../support/exporter-process.ts';
import { type ChangingFleet, daysAgo, endsIn, keyOf, postgresIds, startChangingFleet } from './changing-fleet.ts';
import { type Labels, type Monitoring, monitoringMissing, shippedRules, startMonitoring } from './monitoring.ts';
import { untilReady } from './peer.ts';

/** Receivers of each alert, with its relevant labels. */
interface Message {
  receiver: string;
  labels: Labels;
}

/** Notifications during a test, and the expected ones. */
interface Story {
  change: () => void;
  told: Message[];
}

const cleanup: (() => unknown)[] = [];
let fleet: ChangingFleet;
let exporter: ExporterProcess;
let monitoring: Monitoring;

const stories: Record<string, Story> = {
  'SSL is switched off': {
    change: () => {
      fleet.postgres('pg-1', { sslEnabled: false });
      fleet.postgres('pg-own', { sslEnabled: false });
      fleet.oceanbase('ob-1', { enableSSL: 'CLOSE' });
    },
    told: [
      tell('oncall', 'CloudDBSSLDisabled', 'critical', { instance_id: 'pg-1', team: 'commerce' }),
      tell('payments-oncall', 'CloudDBSSLDisabled', 'critical', { instance_id: 'pg-own', team: 'payments' }),
      tell('oncall', 'CloudDBSSLDisabled', 'critical', { instance_id: 'ob-1' }),
    ],
  },
  'SSL not forced, expiring certificate, late renewal': {
    change: () => {
      fleet.oceanbase('ob-1', { forceSSL: 'CLOSE' });
      fleet.oceanbase('ob-2', { ...endsIn(29.9), autoUpdate: 'CLOSE' });
      fleet.oceanbase('ob-own', endsIn(6.9));
    },
    told: [
      tell('chat', 'CloudDBSSLNotForced', 'warning', { instance_id: 'ob-1' }),
      tell('chat', 'CloudDBCertificateExpiring', 'warning', { instance_id: 'ob-2' }),
      tell('payments-chat', 'CloudDBCertificateExpiring', 'warning', { instance_id: 'ob-own' }),
    ],
  },
  'invalid and unknown certificate, no encryption at rest, old key': {
    change: () => {
      fleet.oceanbase('ob-1', { certValid: false });
      fleet.oceanbase('ob-2', { validPeriod: '' });
      fleet.postgres('pg-1', { keys: [] });
      fleet.postgres('pg-2', { keys: [keyOf('pg-2', { createTime: daysAgo(366) })] });
    },
    told: [
      tell('oncall', 'CloudDBCertificateInvalid', 'critical', { instance_id: 'ob-1' }),
      tell('chat', 'CloudDBCertificateUnknown', 'warning', { instance_id: 'ob-2' }),
      tell('chat', 'CloudDBNotEncryptedAtRest', 'warning', { instance_id: 'pg-1' }),
      tell('digest', 'CloudDBKMSKeyOld', 'info', { instance_id: 'pg-2', key_id: 'key-of-pg-2' }),
    ],
  },
  'an API throttles, and the clock of another is not ours': {
    change: () => {
      fleet.postgres('pg-1', { error: 'RequestLimitExceeded' });
      fleet.skewOceanbase(90);
    },
    told: [
      tell('chat', 'CloudDBThrottled', 'warning', { account: 'tencent', action: 'DescribeEncryptionKeys' }),
      tell('chat', 'CloudDBThrottled', 'warning', { account: 'tencent', action: 'DescribeDBInstanceSSLConfig' }),
      tell('chat', 'CloudDBCheckFailing', 'warning', { instance_id: 'pg-1' }),
      tell('oncall', 'CloudDBCheckFailing', 'critical', { instance_id: 'pg-1' }),
      tell('chat', 'CloudDBClockSkew', 'warning', { account: 'oceanbase' }),
    ],
  },
};

describe.skipIf(monitoringMissing)('alerts', () => {
  beforeAll(async () => {
    fleet = await startChangingFleet();
    cleanup.push(fleet.stop);
    exporter = await startExporter({ config: fleet.config });
    cleanup.push(() => exporter.stop());
    await untilReady(exporter);
    monitoring = await startMonitoring(new URL(exporter.url).host);
    cleanup.push(monitoring.stop);
    await untilSteady();
  });

  afterEach(async () => {
    fleet.heal();
    await untilQuiet();
  });

  afterAll(async () => {
    for (const end of cleanup.splice(0).toReversed()) await end();
  });

  it('sends nothing while all is well', async () => {
    expect(await monitoring.query('ALERTS')).toEqual([]);
    expect(monitoring.notifications).toEqual([]);
  });

  it('every recording rule has data', async () => {
    const records = (await monitoring.rules()).filter(({ type }) => type === 'recording');
    expect(records).not.toEqual([]);
    for (const { name } of records) expect([name, await monitoring.query(name)]).not.toEqual([name, []]);
  });

  it('every rule is evaluated as it is shipped, too', async () => {
    const expressions = (await shippedRules()).flatMap(({ rules }) => rules.map(({ expr }) => expr));
    expect(expressions).toHaveLength((await monitoring.rules()).length);
    for (const expression of expressions) await monitoring.query(expression);
  });

  it.each(Object.entries(stories))('%s: routed, and resolved', async (_title, story) => {
    const since = monitoring.notifications.length;
    story.change();
    await untilTold('firing', story.told, since);
    fleet.heal();
    await untilTold('resolved', story.told, since);
    expect(others(story.told, since)).toEqual([]);
  });

  it('expiring certificate: each severity is sent, inhibits the previous one, and persists while the API is down', async () => {
    const of = { instance_id: 'ob-1', certificate: 'server' };
    const warning = tell('chat', 'CloudDBCertificateExpiring', 'warning', of);
    const critical = tell('oncall', 'CloudDBCertificateExpiring', 'critical', of);
    const expired = tell('oncall', 'CloudDBCertificateExpired', 'critical', of);
    const invalid = tell('oncall', 'CloudDBCertificateInvalid', 'critical', { instance_id: 'ob-1' });
    const since = monitoring.notifications.length;

    fleet.oceanbase('ob-1', { ...endsIn(12), autoUpdate: 'CLOSE' });
    await untilTold('firing', [warning], since);
    fleet.oceanbase('ob-1', endsIn(5));
    await untilTold('firing', [critical], since);
    await untilSilenced([warning]);
    fleet.oceanbase('ob-1', { ...endsIn(-0.01), certValid: false });
    await untilTold('firing', [expired], since);
    await untilSilenced([warning, critical, invalid]);
    expect(others([warning, critical, expired], since)).toEqual([]);

    fleet.breakOceanbase();
    // Until the exporter has let go of the fact, and the rules have been evaluated a few times since.
    const gone = 'time() - max_over_time(timestamp(clouddb_ssl_enabled{instance_id="ob-1"})[1m:1s]) > 3';
    await until(async () => expect(await monitoring.query(gone)).toHaveLength(1));
    expect(await monitoring.query('clouddb_cert_not_after_timestamp_seconds{instance_id="ob-1"}')).toEqual([]);
    expect(await monitoring.held('active')).toContainEqual(expect.objectContaining(expired.labels));
    expect(told('resolved', expired, since)).toEqual([]);

    fleet.heal();
    await untilTold('resolved', [warning, critical, expired], since);
  });

  it('disabled key: inhibits the alert on encryption at rest', async () => {
    const disabled = tell('payments-oncall', 'CloudDBKMSKeyDisabled', 'critical', { key_id: 'key-of-pg-own' });
    const since = monitoring.notifications.length;
    fleet.postgres('pg-own', { keys: [keyOf('pg-own', { enabled: false })] });
    await untilTold('firing', [disabled], since);
    await untilSilenced([tell('payments-chat', 'CloudDBNotEncryptedAtRest', 'warning', { instance_id: 'pg-own' })]);
    fleet.heal();
    await untilTold('resolved', [disabled], since);
    expect(others([disabled], since)).toEqual([]);
  });

  it('refused credential: one alert for the account, none for each check', async () => {
    const refused = ['ssl', 'kms'].map((check) =>
      tell('oncall', 'CloudDBCredentialsRefused', 'critical', { account: 'tencent', check, reason: 'auth' }),
    );
    const failing = ['chat', 'oncall'].flatMap((receiver) =>
      postgresIds.map((instance_id) =>
        tell(receiver, 'CloudDBCheckFailing', receiver === 'chat' ? 'warning' : 'critical', { instance_id }),
      ),
    );
    const since = monitoring.notifications.length;
    for (const id of postgresIds) fleet.postgres(id, { error: 'AuthFailure.SecretIdNotFound' });
    await untilTold('firing', refused, since);
    await untilSilenced(failing);
    fleet.heal();
    await untilTold('resolved', refused, since);
    expect(others(refused, since)).toEqual([]);
  });

  it('an API is down: teams are warned of theirs, then it is critical, each with the reason', async () => {
    const warnings = [
      tell('chat', 'CloudDBCheckFailing', 'warning', { instance_id: 'ob-1' }),
      tell('chat', 'CloudDBCheckFailing', 'warning', { instance_id: 'ob-2' }),
      tell('payments-chat', 'CloudDBCheckFailing', 'warning', { instance_id: 'ob-own' }),
    ];
    const criticals = [
      tell('oncall', 'CloudDBCheckFailing', 'critical', { instance_id: 'ob-1' }),
      tell('oncall', 'CloudDBCheckFailing', 'critical', { instance_id: 'ob-2' }),
      tell('payments-oncall', 'CloudDBCheckFailing', 'critical', { instance_id: 'ob-own' }),
    ];
    const since = monitoring.notifications.length;
    fleet.breakOceanbase();
    await untilTold('firing', warnings, since);
    await untilTold('firing', criticals, since);
    await untilSilenced(warnings);
    for (const message of [...warnings, ...criticals]) {
      expect(told('firing', message, since).at(-1)?.annotations['description']).toMatch(/\bunavailable \d/);
    }
    fleet.heal();
    await untilTold('resolved', [...warnings, ...criticals], since);
    expect(others([...warnings, ...criticals], since)).toEqual([]);
  });

  it('an instance is removed from the configuration, which then becomes invalid', async () => {
    const vanished = tell('chat', 'CloudDBInstanceVanished', 'warning', { instance_id: 'pg-2' });
    const bad = tell('chat', 'CloudDBConfigReloadFailed', 'warning', {});
    const since = monitoring.notifications.length;
    await fleet.configure(['pg-2']);
    await untilTold('firing', [vanished], since);
    await fleet.misconfigure();
    await untilTold('firing', [bad], since);
    await fleet.configure();
    await untilTold('resolved', [vanished, bad], since);
    expect(others([vanished, bad], since)).toEqual([]);
  });

  it('exporter down: inhibits all alerts that depend on it', async () => {
    const expired = tell('oncall', 'CloudDBCertificateExpired', 'critical', { instance_id: 'ob-1' });
    const down = tell('oncall', 'CloudDBExporterDown', 'critical', { job: 'clouddb-encryption' });
    const since = monitoring.notifications.length;
    fleet.oceanbase('ob-1', { ...endsIn(-0.01), autoUpdate: 'CLOSE' });
    await untilTold('firing', [expired], since);
    const { host } = new URL(exporter.url);
    await exporter.stop();
    await untilTold('firing', [down], since);
    await untilSilenced([expired]);

    exporter = await startExporter({ config: fleet.config, flags: [`--web.listen-address=${host}`] });
    await untilTold('resolved', [down], since);
    expect(told('resolved', expired, since)).toEqual([]);
    fleet.heal();
    await untilTold('resolved', [expired], since);
    expect(others([down, expired], since)).toEqual([]);
  });
});

function tell(receiver: string, alertname: string, severity: string, labels: Labels): Message {
  return { receiver, labels: { alertname, severity, ...labels } };
}

function until(condition: () => Promise<void> | void): Promise<void> {
  return vi.waitFor(condition, { timeout: 30_000, interval: 50 });
}

function includes(labels: Labels, some: Labels): boolean {
  return Object.entries(some).every(([name, value]) => labels[name] === value);
}

/** The notifications of an alert to a receiver; `since`: the number of previous notifications. */
function told(status: 'firing' | 'resolved', { receiver, labels }: Message, since: number) {
  return monitoring.notifications
    .slice(since)
    .filter((entry) => entry.status === status && entry.receiver === receiver && includes(entry.labels, labels));
}

async function untilTold(status: 'firing' | 'resolved', messages: readonly Message[], since: number): Promise<void> {
  await until(() => {
    const missing = messages.filter((message) => told(status, message, since).length === 0);
    expect(missing, `not told ${status}`).toEqual([]);
  });
}

/** The other notifications of the receivers. */
function others(messages: readonly Message[], since: number): unknown[] {
  return monitoring.notifications
    .slice(since)
    .filter(
      (entry) =>
        !messages.some(({ receiver, labels }) => entry.receiver === receiver && includes(entry.labels, labels)),
    );
}

/** Every rule has been evaluated, and Prometheus has watched for longer than any of them waits. */
async function untilSteady(): Promise<void> {
  await until(async () => {
    for (const { name, health, lastError } of await monitoring.rules()) {
      expect([name, health, lastError]).toEqual([name, 'ok', undefined]);
    }
    const [scrapes] = await monitoring.query('count_over_time(up[1m])');
    expect(Number(scrapes?.value[1])).toBeGreaterThan(7);
  });
}

/** Waits until no alert is left, so that the next test starts clean. */
async function untilQuiet(): Promise<void> {
  await until(async () => expect(await monitoring.held()).toEqual([]));
}

/** Alerts that Alertmanager inhibits. */
async function untilSilenced(messages: readonly Message[]): Promise<void> {
  await until(async () => {
    const silenced = await monitoring.held('suppressed');
    for (const { labels } of messages) expect(silenced).toContainEqual(expect.objectContaining(labels));
  });
}
