// The fleet of the demo: it is consistent, shows each posture, and its databases serve what they are there for.
import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { simulatedClouds } from '../../src/demo/index.ts';
import { oceanBaseFleet } from '../../src/demo/oceanbase/oceanbase-cloud.ts';
import type { DemoInstance, RunningCloud } from '../../src/demo/simulated-cloud.ts';
import { tencentFleet } from '../../src/demo/tencent/postgres-cloud.ts';

const nowMs = Date.UTC(2026, 10, 22, 3, 15);
const dayMs = 86_400_000;
const tencent = tencentFleet(nowMs).map(([, , , instance]) => instance);
const oceanbase = oceanBaseFleet(nowMs).map(([, , , instance]) => instance);

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
  it('lists every simulated instance once', () => {
    const ids = instances.map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining([...tencent, ...oceanbase].map(({ id }) => id)));
    expect(new Set(ids).size).toBe(ids.length);
    expect(new Set(instances.map(({ name }) => name)).size).toBe(ids.length);
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
    expect(regions('tencent_postgres')).toEqual(tencent.map(({ region }) => region));
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

  it('has self-signed CA certificates: a renewed one beside the expired one, and one that expires in 150 days', () => {
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
