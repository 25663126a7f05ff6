// From a changing database to the receiver of the alert: the built exporter on simulated clouds, a real Prometheus
// with the shipped rules, a real Alertmanager with the shipped routing. Only durations and addresses differ.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ExporterProcess, startExporter } from '../support/exporter-process.ts';
import { type ChangingFleet, daysAgo, endsIn, keyOf, postgresIds, startChangingFleet } from './changing-fleet.ts';
import { type Labels, type Monitoring, monitoringMissing, startMonitoring } from './monitoring.ts';
import { untilReady } from './peer.ts';
import { shippedRules } from './quick-monitoring.ts';

/** An alert as a receiver gets it, with the labels that matter. */
interface Message {
  receiver: string;
  labels: Labels;
}

const cleanup: (() => unknown)[] = [];
let fleet: ChangingFleet;
let exporter: ExporterProcess;
let monitoring: Monitoring;

const sslDisabled = sentTo('oncall', 'CloudDBSSLDisabled', 'critical', { instance_id: 'pg-1', team: 'commerce' });
const ofOceanbase1 = [
  sentTo('chat', 'CloudDBSSLNotForced', 'warning', { instance_id: 'ob-1' }),
  sentTo('chat', 'CloudDBCertificateExpiring', 'warning', { instance_id: 'ob-1' }),
];
const blind = sentTo('oncall', 'CloudDBAccountBlind', 'critical', { account: 'oceanbase' });

/** A fault of every kind that an instance can have, and its alerts. */
function breakInstances(): Message[] {
  fleet.postgres('pg-1', { sslEnabled: false, keys: [] });
  fleet.postgres('pg-2', {
    keys: [keyOf('pg-2', { createTime: daysAgo(366) }), keyOf('pg-2', { id: 'replaced', enabled: false })],
  });
  fleet.postgres('pg-own', { keys: [keyOf('pg-own', { enabled: false })] });
  fleet.oceanbase('ob-1', { forceSSL: 'CLOSE', ...endsIn(29.9), autoUpdate: 'CLOSE' });
  fleet.oceanbase('ob-2', { validPeriod: '', certValid: false });
  fleet.oceanbase('ob-own', endsIn(1.9)); // its renewal is automatic, and late
  return [
    sslDisabled,
    ...ofOceanbase1,
    sentTo('chat', 'CloudDBNotEncryptedAtRest', 'warning', { instance_id: 'pg-1' }),
    sentTo('digest', 'CloudDBKMSKeyOld', 'info', { key_id: 'key-of-pg-2' }),
    sentTo('digest', 'CloudDBKMSKeyDisabled', 'info', { key_id: 'replaced' }),
    sentTo('payments-oncall', 'CloudDBKMSKeyDisabled', 'critical', { key_id: 'key-of-pg-own', team: 'payments' }),
    sentTo('digest', 'CloudDBCertificateUnknown', 'info', { instance_id: 'ob-2' }),
    sentTo('oncall', 'CloudDBCertificateInvalid', 'critical', { instance_id: 'ob-2' }),
    sentTo('payments-oncall', 'CloudDBCertificateExpiring', 'critical', { instance_id: 'ob-own' }),
  ];
}

describe.skipIf(monitoringMissing)('alerts', () => {
  beforeAll(async () => {
    fleet = await startChangingFleet();
    cleanup.push(fleet.stop);
    exporter = await startExporter({ config: fleet.config });
    cleanup.push(() => exporter.stop());
    await untilReady(exporter);
    const { host } = new URL(exporter.url);
    monitoring = await startMonitoring(host);
    cleanup.push(monitoring.stop);
    await untilWatched(host);
  });

  afterAll(async () => {
    for (const end of cleanup.splice(0).toReversed()) await end();
  });

  it('sends nothing while all is well', async () => {
    expect(await monitoring.query('ALERTS')).toEqual([]);
    expect(monitoring.notifications).toEqual([]);
  });

  it('every rule is evaluated, also as it is shipped', async () => {
    const loaded = await monitoring.rules();
    for (const { name, health, lastError } of loaded)
      expect([name, health, lastError]).toEqual([name, 'ok', undefined]);
    const expressions = (await shippedRules()).flatMap(({ rules }) => rules.map(({ expr }) => expr));
    expect(expressions).toHaveLength(loaded.length);
    for (const expression of expressions) await monitoring.query(expression);
  });

  describe('on faults of every kind', () => {
    let sent: Message[];
    let since: number;

    beforeAll(async () => {
      sent = breakInstances();
      await untilReceived('firing', sent, 0);
    });
    beforeEach(() => {
      since = monitoring.notifications.length;
    });
    afterEach(() => fleet.breakOceanbase(false));

    it('are routed, and are the only ones', () => expect(others(sent, 0)).toEqual([]));

    it('are not sent again, nor resolved, when the exporter is restarted and several scrapes fail', async () => {
      const { host } = new URL(exporter.url);
      await exporter.stop();
      await until(async () => expect(await monitoring.query('count_over_time((up == 0)[1m:1s]) >= 3')).toHaveLength(1));
      exporter = await startExporter({ config: fleet.config, flags: [`--web.listen-address=${host}`] });
      await untilWatched(host);
      expect(monitoring.notifications.slice(since)).toEqual([]);
    });

    it('are not sent again, nor resolved, when an exporter with another address takes over', async () => {
      await exporter.stop();
      exporter = await startExporter({ config: fleet.config });
      const { host } = new URL(exporter.url);
      await monitoring.scrape([host]);
      await untilWatched(host);
      expect(monitoring.notifications.slice(since)).toEqual([]);
    });

    it('persist while an API is down for longer than max_stale: one alert for its account, none for its checks', async () => {
      fleet.breakOceanbase(true);
      await untilReceived('firing', [blind], since);
      // Until the exporter has let go of the facts, and the rules have been evaluated a few times since.
      const gone = 'time() - max(max_over_time(timestamp(clouddb_ssl_enabled{instance_id="ob-1"})[1m:1s])) > 3';
      await until(async () => expect(await monitoring.query(gone)).toHaveLength(1));
      const alertnames = (await monitoring.held()).map(({ alertname }) => alertname);
      expect(alertnames).not.toContain('CloudDBCheckFailing');
      expect(monitoring.notifications.at(-1)?.annotations['description']).toMatch(/\bunavailable\b/);
      fleet.breakOceanbase(false);
      await untilReceived('resolved', [blind], since);
      expect(monitoring.notifications.slice(since).map(({ status, labels }) => [status, labels['alertname']])).toEqual([
        ['firing', 'CloudDBAccountBlind'],
        ['resolved', 'CloudDBAccountBlind'],
      ]);
    });

    it('are resolved when a finding is accepted, and sent when the acceptance is over', async () => {
      await fleet.configure({ accept: { id: 'pg-1', finding: 'ssl_disabled', until: '2099-12-31' } });
      await untilReceived('resolved', [sslDisabled], since);
      await fleet.configure({ accept: { id: 'pg-1', finding: 'ssl_disabled', until: '2020-12-31' } });
      await untilReceived('firing', [sslDisabled], since);
      expect(others([sslDisabled], since)).toEqual([]);
    });

    it('are resolved when the instance is removed from the configuration, which then becomes invalid', async () => {
      const vanished = sentTo('chat', 'CloudDBInstanceVanished', 'warning', { instance_id: 'ob-1' });
      const bad = sentTo('chat', 'CloudDBConfigReloadFailed', 'warning', {});
      await fleet.configure({ without: ['ob-1'] });
      await untilReceived('resolved', ofOceanbase1, since);
      await untilReceived('firing', [vanished], since);
      await fleet.misconfigure();
      await untilReceived('firing', [bad], since);
      await fleet.configure();
      await untilReceived('resolved', [vanished, bad], since);
      await untilReceived('firing', ofOceanbase1, since);
      expect(others([vanished, bad, ...ofOceanbase1], since)).toEqual([]);
    });

    it('are resolved when the faults are fixed', async () => {
      fleet.heal();
      await untilReceived('resolved', sent, since);
      expect(others(sent, since)).toEqual([]);
    });
  });

  describe('one story each', () => {
    let since: number;

    beforeEach(async () => {
      await untilQuiet();
      since = monitoring.notifications.length;
    });

    it('an API throttles, an instance is being changed, and the clock of another API is not ours', async () => {
      const messages = [
        sentTo('chat', 'CloudDBThrottled', 'warning', { account: 'tencent', action: 'DescribeEncryptionKeys' }),
        sentTo('chat', 'CloudDBThrottled', 'warning', { account: 'tencent', action: 'DescribeDBInstanceSSLConfig' }),
        sentTo('chat', 'CloudDBCheckFailing', 'warning', { instance_id: 'pg-1' }),
        sentTo('digest', 'CloudDBCheckFailing', 'info', { instance_id: 'pg-2' }),
        sentTo('chat', 'CloudDBClockSkew', 'warning', { account: 'oceanbase' }),
      ];
      fleet.postgres('pg-1', { error: 'RequestLimitExceeded' });
      fleet.postgres('pg-2', { error: 'OperationDenied.InstanceStatusLimitError' });
      fleet.skewOceanbase(90);
      await untilReceived('firing', messages, since);
      fleet.heal();
      await untilReceived('resolved', messages, since);
      expect(others(messages, since)).toEqual([]);
    });

    it('an expiring certificate: each severity is sent, and inhibits the previous one', async () => {
      const of = { instance_id: 'ob-1', certificate: 'server' };
      const warning = sentTo('chat', 'CloudDBCertificateExpiring', 'warning', of);
      const critical = sentTo('oncall', 'CloudDBCertificateExpiring', 'critical', of);
      const expired = sentTo('oncall', 'CloudDBCertificateExpired', 'critical', of);
      const invalid = sentTo('oncall', 'CloudDBCertificateInvalid', 'critical', { instance_id: 'ob-1' });

      fleet.oceanbase('ob-1', { ...endsIn(12), autoUpdate: 'CLOSE' });
      await untilReceived('firing', [warning], since);
      fleet.oceanbase('ob-1', endsIn(5));
      await untilReceived('firing', [critical], since);
      await untilSuppressed([warning]);
      fleet.oceanbase('ob-1', { ...endsIn(-0.01), certValid: false });
      await untilReceived('firing', [expired], since);
      await untilSuppressed([warning, critical, invalid]);
      // First the inhibited alert: it would be sent if its source resolved before it.
      fleet.oceanbase('ob-1', { certValid: true });
      await until(async () =>
        expect(await monitoring.held()).not.toContainEqual(expect.objectContaining(invalid.labels)),
      );
      fleet.heal();
      await untilReceived('resolved', [warning, critical, expired], since);
      expect(others([warning, critical, expired], since)).toEqual([]);
    });

    it('a refused credential: one alert for the account', async () => {
      const refused = sentTo('oncall', 'CloudDBCredentialsRefused', 'critical', { account: 'tencent' });
      for (const id of postgresIds) fleet.postgres(id, { error: 'AuthFailure.SecretIdNotFound' });
      await untilReceived('firing', [refused], since);
      await untilSuppressed([sentTo('oncall', 'CloudDBAccountBlind', 'critical', { account: 'tencent' })]);
      fleet.heal();
      await untilReceived('resolved', [refused], since);
      expect(others([refused], since)).toEqual([]);
    });

    it('an exporter is down, and one without instances is added: alerts on databases persist', async () => {
      const expired = sentTo('oncall', 'CloudDBCertificateExpired', 'critical', { instance_id: 'ob-1' });
      const idle = await startExporter({ config: await fleet.writeIdleConfiguration() });
      cleanup.push(() => idle.stop());
      const [host, idleHost] = [new URL(exporter.url).host, new URL(idle.url).host];
      const nothing = sentTo('chat', 'CloudDBNothingWatched', 'warning', { instance: idleHost });
      const down = sentTo('oncall', 'CloudDBExporterDown', 'critical', { instance: host });
      fleet.oceanbase('ob-1', { ...endsIn(-0.01), autoUpdate: 'CLOSE' });
      await monitoring.scrape([host, idleHost]);
      await untilReceived('firing', [expired, nothing], since);

      await exporter.stop();
      await untilReceived('firing', [down], since);
      exporter = await startExporter({ config: fleet.config, flags: [`--web.listen-address=${host}`] });
      await untilReceived('resolved', [down], since);
      expect(received('firing', expired, since)).toHaveLength(1);
      expect(received('resolved', expired, since)).toEqual([]);

      fleet.heal();
      await untilReceived('resolved', [expired], since);
      expect(others([down, expired, nothing], since)).toEqual([]);
    });
  });
});

function sentTo(receiver: string, alertname: string, severity: string, labels: Labels): Message {
  return { receiver, labels: { alertname, severity, ...labels } };
}

function until(condition: () => Promise<void> | void): Promise<void> {
  return vi.waitFor(condition, { timeout: 30_000, interval: 50 });
}

function includes(labels: Labels, some: Labels): boolean {
  return Object.entries(some).every(([name, value]) => labels[name] === value);
}

/** The notifications of an alert to a receiver; `since`: the number of previous notifications. */
function received(status: 'firing' | 'resolved', { receiver, labels }: Message, since: number) {
  return monitoring.notifications
    .slice(since)
    .filter((entry) => entry.status === status && entry.receiver === receiver && includes(entry.labels, labels));
}

async function untilReceived(
  status: 'firing' | 'resolved',
  messages: readonly Message[],
  since: number,
): Promise<void> {
  await until(() => {
    const missing = messages.filter((message) => received(status, message, since).length === 0);
    expect(missing, `not received ${status}`).toEqual([]);
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

/** Waits until an exporter has answered for longer than any rule on databases waits. */
async function untilWatched(host: string): Promise<void> {
  const scrapes = `sum_over_time(up{instance="${host}"}[5s]) >= 4`;
  await until(async () => expect(await monitoring.query(scrapes)).toHaveLength(1));
}

/** Waits until no alert is left, so that the next test starts clean. */
async function untilQuiet(): Promise<void> {
  await until(async () => expect(await monitoring.held()).toEqual([]));
}

/** Alerts that Alertmanager inhibits. */
async function untilSuppressed(messages: readonly Message[]): Promise<void> {
  await until(async () => {
    const suppressed = await monitoring.held('suppressed');
    for (const { labels } of messages) expect(suppressed).toContainEqual(expect.objectContaining(labels));
  });
}
