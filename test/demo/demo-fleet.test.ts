// The fleet of the demo: it is consistent, shows each posture, and its databases serve what they are there for.
import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDemo } from '../../src/commands/demo.ts';
import { createExporter } from '../../src/commands/exporter.ts';
import { simulatedClouds } from '../../src/demo/index.ts';
import { oceanBaseFleet } from '../../src/demo/oceanbase/oceanbase-cloud.ts';
import type { DemoInstance, RunningCloud } from '../../src/demo/simulated-cloud.ts';
import { tencentFleet } from '../../src/demo/tencent/postgres-cloud.ts';
import type { Facts } from '../../src/model/facts.ts';
import type { Knowledge } from '../../src/model/knowledge.ts';
import { wholeFleet } from '../../src/model/shard.ts';

const nowMs = Date.UTC(2026, 10, 22, 3, 15);
const dayMs = 86_400_000;
const nothing = () => undefined;
const fleets = { tencent_postgres: tencentFleet(nowMs), oceanbase: oceanBaseFleet(nowMs) };
const tencent = fleets.tencent_postgres.map(([, , , instance]) => instance);
const oceanbase = fleets.oceanbase.map(([, , , instance]) => instance);
const tenantStates = oceanbase
  .filter(({ error }) => !error)
  .map(({ tenants = [] }) => new Set(tenants.map(({ encrypted }) => encrypted)));

let running: RunningCloud[];
let instances: ({ provider: string } & DemoInstance)[];
beforeAll(async () => {
  running = await Promise.all(simulatedClouds.map((cloud) => cloud.start(nowMs)));
  instances = running.flatMap((cloud, i) =>
    cloud.instances.map((instance) => ({ provider: simulatedClouds[i]!.provider, ...instance })),
  );
});
afterAll(() => Promise.all(running.map(({ close }) => close())));

describe('demo fleet', () => {
  it('has every simulated instance once: in the configuration, or only in the cloud', () => {
    const fleet = [...fleets.tencent_postgres, ...fleets.oceanbase];
    const onlyInCloud = fleet.filter(([, , , , extras]) => extras?.onlyInCloud).map(([, , , { id }]) => id);
    const ids = instances.map(({ id }) => id);
    expect([...ids, ...onlyInCloud].toSorted()).toEqual(fleet.map(([, , , { id }]) => id).toSorted());
    expect(new Set(fleet.map(([name]) => name)).size).toBe(fleet.length);
    expect(new Set(fleet.map(([, , , { id }]) => id)).size).toBe(fleet.length);
  });

  it('has a team and an environment for each instance', () => {
    for (const { labels } of instances) {
      expect(Object.keys(labels)).toEqual(['team', 'env']);
      expect(labels['team']).toMatch(/^[a-z]+$/);
      expect(labels['env']).toMatch(/^(prod|staging|dev)$/);
    }
  });

  it('has a region where the cloud requires one', () => {
    const regions = (wanted: string) =>
      instances.flatMap(({ provider, region }) => (provider === wanted ? [region] : []));
    const known = new Map(tencent.map(({ id, region }) => [id, region]));
    for (const { id, region } of instances) expect(region).toBe(known.get(id));
    expect(new Set(regions('tencent_postgres')).size).toBeGreaterThan(5);
    expect(new Set(regions('oceanbase'))).toEqual(new Set([undefined]));
  });

  it.each([
    ['SSL off', tencent.some(({ sslEnabled, error }) => !sslEnabled && !error)],
    ['no keys', tencent.some(({ keys, error }) => keys.length === 0 && !error)],
    ['the only key disabled', tencent.some(({ keys }) => keys.length === 1 && !keys[0]!.enabled)],
    [
      'one of two keys disabled',
      tencent.some(({ keys }) => keys.length === 2 && keys[0]!.enabled !== keys[1]!.enabled),
    ],
    ['a Tencent API that refuses', tencent.some(({ error }) => error === 'OperationDenied.InstanceStatusLimitError')],
    ['an OceanBase API that fails', oceanbase.some(({ error }) => error?.status === 500)],
    [
      'SSL not forced, although supported',
      oceanbase.some(({ ssl }) => ssl['forceSSL'] === 'CLOSE' && ssl['forceSSLSupport']),
    ],
    [
      'SSL off, without an expiry',
      oceanbase.some(({ ssl }) => ssl['enableSSL'] === 'CLOSE' && !('validPeriod' in ssl)),
    ],
    [
      'an instance of which all tenants are encrypted',
      tenantStates.some((states) => states.size === 1 && states.has(true)),
    ],
    ['an instance of which only some tenants are', tenantStates.some((states) => states.size === 2)],
    ['an instance of which no tenant is', tenantStates.some((states) => states.size === 1 && states.has(false))],
    ['an instance without tenants', tenantStates.some((states) => states.size === 0)],
  ])('has %s', (_posture, present) => {
    expect(present).toBe(true);
  });

  it('has certificates that expire in 12 and 5 days, and one that expired 3 days ago', () => {
    const iso = oceanbase.filter(({ ssl }) => String(ssl['validPeriod']).endsWith('Z'));
    const days = iso.map(({ ssl }) => (Date.parse(String(ssl['validPeriod'])) - nowMs) / dayMs);
    expect(days).toEqual(expect.arrayContaining([12, 5, -3]));
    expect(iso[days.indexOf(-3)]?.ssl['certValid']).toBe(false);
  });

  it('has one date without a zone, in UTC+8', () => {
    const zoneless = oceanbase.map(({ ssl }) => String(ssl['validPeriod'])).filter((text) => text.endsWith('.0'));
    expect(zoneless).toEqual(['2027-02-17 11:15:00.0']);
  });

  it('has key dates in UTC+8', () => {
    expect(tencent[0]?.keys[0]?.createTime).toBe('2025-10-06 11:15:00');
  });

  it('has self-signed CA certificates: a renewed and an expired one, and one that expires in 150 days', () => {
    const pem = tencent.flatMap(({ caCert = '' }) => caCert.match(/-----BEGIN[^]*?-----END CERTIFICATE-----/g) ?? []);
    const certificates = [...new Set(pem)].map((text) => new X509Certificate(text));
    expect(certificates.map(({ subject, validTo }) => [subject, (Date.parse(validTo) - nowMs) / dayMs])).toEqual([
      ['CN=Demo PostgreSQL CA', 6765],
      ['CN=Demo PostgreSQL CA', -540],
      ['CN=Demo PostgreSQL Legacy CA', 150],
    ]);
    expect(certificates.every((certificate) => certificate.ca && certificate.verify(certificate.publicKey))).toBe(true);
  });
});

describe('the databases of the demo, as the exporter sees them', () => {
  let knowledge: Map<string, Knowledge>;
  beforeAll(async () => {
    const { config, close } = await startDemo(Date.now());
    const exporter = createExporter({
      config,
      shard: wholeFleet,
      build: { version: '1.2.3', revision: 'abc', nodeVersion: 'v20' },
      log: { debug: nothing, info: nothing, warn: nothing, error: nothing },
      processMetrics: false,
    });
    await exporter.sweep();
    knowledge = new Map(exporter.knowledge().map((known) => [known.instance.name, known]));
    exporter.close();
    await close();
  });

  const tlsOf = (name: string) => knowledge.get(name)?.checks.find(({ check }) => check === 'tls');

  const healthy: Facts = {
    tlsAccepted: true,
    plaintextAccepted: false,
    tlsSession: { version: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384' },
    certTrusted: true,
    certHostnameMatch: true,
  };
  it.each<[string, Facts, number[]]>([
    ['orders', healthy, [204]],
    ['payments', healthy, [151, 900]],
    ['ledger', { ...healthy, plaintextAccepted: true }, [118]],
    ['sessions', healthy, [12]],
    ['invoices', { ...healthy, certTrusted: false, certDistrust: 'expired' }, [-2]],
    ['crm', { ...healthy, tlsSession: { version: 'TLSv1.1', cipher: 'TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA' } }, [93]],
    ['checkout', healthy, [243]],
    ['inventory', { ...healthy, plaintextAccepted: true }, [12]],
    ['shipping', { ...healthy, certTrusted: false, certDistrust: 'self_signed' }, [5]],
    ['loyalty', { tlsAccepted: false, plaintextAccepted: true }, []],
    ['risk', { ...healthy, plaintextAccepted: true }, [47]],
    ['reporting', { tlsAccepted: false, plaintextAccepted: true }, []],
    ['notifications', { ...healthy, certHostnameMatch: false }, [120]],
  ])('%s', (name, expected, days) => {
    const { certificates = [], ...facts } = tlsOf(name)?.facts ?? {};
    expect(facts).toMatchObject(expected);
    expect(
      certificates.map(({ notAfterSeconds }) => Math.round((notAfterSeconds - Date.now() / 1000) / 86_400)),
    ).toEqual(days);
    expect(tlsOf(name)?.last?.failure).toBeUndefined();
  });

  it('discovers what only the clouds list, except what was closed or has other tags', () => {
    const configured = new Set(instances.map(({ name }) => name));
    const found = [...knowledge.values()].map(({ instance }) => instance).filter(({ name }) => !configured.has(name));
    const rows = found.map(({ name, region, labels, version }) => [name, { region, labels, version }]);
    expect(Object.fromEntries(rows)).toEqual({
      wishlist: { region: 'ap-guangzhou', labels: { team: 'commerce', env: 'prod' }, version: '16.4' },
      couriers: { region: 'ap-jakarta', labels: { team: 'logistics', env: 'prod' }, version: '14.11' },
      search: { region: '', labels: { team: 'data', env: 'prod' }, version: '4.3.5.2' },
    });
    const cloud = [...fleets.tencent_postgres, ...fleets.oceanbase].map(([name]) => name);
    expect(cloud.filter((name) => !knowledge.has(name))).toEqual(['orders-archive', 'sandbox', 'campaigns']);
  });

  it('keeps the probe of an instance that is configured and discovered, and learns its version', () => {
    const { instance } = knowledge.get('orders') ?? {};
    expect(instance).toMatchObject({ version: '15.7', labels: { team: 'commerce', env: 'prod' } });
    expect(tlsOf('orders')?.facts).toMatchObject({ tlsAccepted: true });
    expect(knowledge.get('payments')?.instance.version).toBeUndefined();
  });

  it('refuses connections where the instance is being rebuilt', () => {
    expect(tlsOf('orders-staging')).toMatchObject({ facts: undefined, last: { failure: { reason: 'network' } } });
  });

  it.each(['catalog', 'analytics'])('leaves %s without a probe', (name) => {
    expect(knowledge.get(name)?.checks.map(({ check }) => check)).toEqual(['ssl', 'kms']);
  });
});
