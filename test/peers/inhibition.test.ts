// Which alerts the shipped Alertmanager configuration inhibits, for labels as the shipped rules set them.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Labels } from './monitoring.ts';
import { createPeerFolder, findPeer, type Peer, type PeerFolder, startPeer } from './peer.ts';
import { shipped } from './quick-monitoring.ts';

const alertmanager = findPeer('prometheus-alertmanager');

const account = { provider: 'cloud', account: 'main' };
const list = { ...account, cloud_region: 'north', job: 'job' };
const database = { ...account, cloud_region: 'north', instance_id: 'db-1', job: 'job' };
const server = { ...database, certificate: 'server', source: 'api' };
const ca = { ...database, certificate: 'ca', source: 'ca_bundle', subject_cn: 'Root' };
const exporter = { job: 'job', instance: 'pod-1' };

const alert = (name: string, severity: string, labels: Labels): Labels => ({
  alertname: `CloudDB${name}`,
  severity,
  ...labels,
});
const critical = (name: string, labels: Labels) => alert(name, 'critical', labels);
const warning = (name: string, labels: Labels) => alert(name, 'warning', labels);
const expiring = warning('CertificateExpiring', server);

/** The alert that fires, the alerts that it inhibits, and similar ones that are still sent. */
const cases: [title: string, source: Labels, inhibited: Labels[], sent: Labels[]][] = [
  [
    'a critical alert, its own warning',
    critical('CertificateExpiring', server),
    [expiring],
    [
      { ...expiring, instance_id: 'db-2' },
      { ...expiring, source: 'tls_probe' },
      warning('CACertificateExpiring', ca),
      warning('SSLNotForced', database),
    ],
  ],
  [
    'an expired certificate, what is said of it otherwise',
    critical('CertificateExpired', server),
    [
      expiring,
      critical('CertificateExpiring', server),
      critical('CertificateInvalid', database),
      warning('CertificateNotTrusted', database),
    ],
    [
      { ...expiring, instance_id: 'db-2' },
      critical('CACertificateExpiring', ca),
      critical('KMSKeyDisabled', database),
      warning('CertificateNameMismatch', database),
      warning('CertificateDrift', server),
    ],
  ],
  [
    'SSL that is off, alerts on certificates',
    critical('SSLDisabled', database),
    [critical('CACertificateExpiring', ca), critical('CertificateInvalid', database)],
    [critical('CACertificateExpiring', { ...ca, instance_id: 'db-2' }), critical('KMSKeyDisabled', database)],
  ],
  ...['SSLDisabled', 'SSLNotForced', 'TLSRefused'].map((name): (typeof cases)[number] => [
    `${name}, connections without TLS`,
    critical(name, database),
    [warning('PlaintextAccepted', database), critical('PlaintextAccepted', database)],
    [
      warning('PlaintextAccepted', { ...database, instance_id: 'db-2' }),
      warning('TLSOutdated', { ...database, version: 'TLSv1' }),
    ],
  ]),
  [
    'refused credentials, the account that is blind and its checks',
    critical('CredentialsRefused', account),
    [
      critical('AccountBlind', account),
      warning('CheckFailing', { ...database, check: 'ssl' }),
      warning('DiscoveryFailing', list),
      warning('DiscoveryNeverSucceeded', list),
    ],
    [
      critical('AccountBlind', { ...account, account: 'other' }),
      warning('DiscoveryNeverSucceeded', { ...list, account: 'third' }),
      critical('SSLDisabled', database),
      warning('CheckFailing', { ...database, check: 'tls' }),
    ],
  ],
  [
    'an account that is blind, what follows from it',
    critical('AccountBlind', account),
    [
      warning('CheckFailing', { ...database, check: 'ssl' }),
      warning('DataStale', { ...database, check: 'ssl' }),
      warning('Throttled', { ...exporter, ...account }),
      warning('DiscoveryFailing', list),
    ],
    [
      warning('CheckFailing', { ...database, account: 'other', check: 'ssl' }),
      warning('CheckFailing', { ...database, check: 'tls' }),
      critical('SSLDisabled', database),
      critical('KMSKeyDisabled', database),
    ],
  ],
  [
    'an exporter that watches nothing, the instances that it has lost',
    warning('NothingWatched', exporter),
    [warning('InstanceVanished', database)],
    [warning('InstanceVanished', { ...database, job: 'other' })],
  ],
  [
    'an exporter that is down, alerts on it',
    critical('ExporterDown', exporter),
    [warning('ConfigReloadFailed', exporter), warning('ClockSkew', exporter), critical('ShardMissing', { job: 'job' })],
    [
      warning('ConfigReloadFailed', { ...exporter, instance: 'pod-2' }),
      critical('SSLDisabled', database),
      warning('NotEncryptedAtRest', database),
      critical('AccountBlind', account),
    ],
  ],
  [
    'no exporter at all, alerts on exporters',
    critical('ExporterAbsent', { job: 'job' }),
    [warning('ConfigReloadFailed', exporter), warning('InstanceVanished', database)],
    [critical('SSLDisabled', database), warning('ConfigReloadFailed', { ...exporter, job: 'other' })],
  ],
];

describe.skipIf(alertmanager.missing)('alertmanager.yml inhibits by', () => {
  let folder: PeerFolder;
  let peer: Peer;

  beforeAll(async () => {
    folder = await createPeerFolder();
    peer = await startPeer(alertmanager.path, (port) =>
      Promise.resolve([
        `--config.file=${shipped}/alertmanager.yml`,
        `--storage.path=${folder.path}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--cluster.listen-address=',
        '--log.level=warn',
      ]),
    );
  });
  afterAll(async () => {
    await peer.stop();
    await folder.remove();
  });

  it.each(cases)('%s', async (title, source, inhibited, sent) => {
    // Alerts of another test have other accounts and jobs.
    const own = (labels: Labels): Labels => ({
      ...labels,
      test: title,
      ...(labels['account'] && { account: `${labels['account']} ${title}` }),
      ...(labels['job'] && { job: `${labels['job']} ${title}` }),
    });
    const answer = await fetch(`${peer.url}/api/v2/alerts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify([source, ...inhibited, ...sent].map((labels) => ({ labels: own(labels) }))),
    });
    expect(answer.status).toBe(200);
    await vi.waitFor(async () => {
      const url = `${peer.url}/api/v2/alerts?filter=${encodeURIComponent(`test="${title}"`)}`;
      const alerts = (await (await fetch(url)).json()) as { labels: Labels; status: { state: string } }[];
      const labelsIn = (state: string) =>
        new Set(alerts.filter(({ status }) => status.state === state).map(({ labels }) => labels));
      expect(labelsIn('suppressed')).toEqual(new Set(inhibited.map(own)));
      expect(labelsIn('active')).toEqual(new Set([source, ...sent].map(own)));
    });
  });
});
