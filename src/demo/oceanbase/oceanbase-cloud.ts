// The OceanBase databases of the demo, one for each posture: from healthy to a failing API.
import { randomBytes } from 'node:crypto';
import { createPki } from '../databases/authority.ts';
import {
  type DatabasePosture,
  type DemoProbe,
  inCloud,
  inConfiguration,
  type Named,
  type SimulatedCloud,
  startDatabases,
} from '../simulated-cloud.ts';
import { beijingTime, utcTime } from '../wire-time.ts';
import { demoTenants } from './demo-tenants.ts';
import { discoveredOceanBase, oceanBaseDiscovery } from './discovered-oceanbase.ts';
import { type OceanBaseInstance, startOceanBaseApi } from './oceanbase-api.ts';

const dayMs = 86_400_000;

export const oceanBaseCloud: SimulatedCloud = {
  provider: 'oceanbase',
  async start(nowMs) {
    const accessKeyId = `demo-${randomBytes(8).toString('hex')}`;
    const accessKeySecret = randomBytes(16).toString('hex');
    const fleet = oceanBaseFleet(nowMs);
    const instances = inCloud(fleet);
    const databases = await startDatabases('mysql', fleet);
    const api = await startOceanBaseApi({ accessKeyId, accessKeySecret, instances, latencyMs: 40 });
    return {
      api,
      credentials: { access_key_id: accessKeyId, access_key_secret: accessKeySecret },
      // The API does not report addresses.
      instances: inConfiguration(fleet).map(({ tlsProbe, ...instance }) => {
        const address = databases.addresses.get(instance.id);
        return { ...instance, ...(address !== undefined && { tlsProbe: { ...tlsProbe, address } }) };
      }),
      discovery: oceanBaseDiscovery,
      close: async () => {
        await Promise.all([api.close(), databases.close()]);
      },
    };
  },
};

/** All dates are relative to `nowMs`. */
export function oceanBaseFleet(nowMs: number): Named<OceanBaseInstance>[] {
  const pki = createPki(nowMs);
  const ca = pki.createRoot('Demo OceanBase CA', -300, 3350);
  const context = {
    nowMs,
    expiresIn: (days: number) => ({ validPeriod: utcTime(nowMs + days * dayMs) }),
    /** What all have that are probed. */
    tlsProbe: { ca: ca.pem },
    served: (days: number, san?: string) => ({ chain: ca.issue(certificate(days, san)), plaintext: false }),
    selfSigned: (days: number) => ({ chain: pki.selfSigned(certificate(days)), plaintext: false }),
  };
  return [
    ...withForcedSsl(context),
    ...withoutForcedSsl(context),
    withFailingApi(context),
    ...discoveredOceanBase(instance, context.expiresIn),
  ];
}

interface Context {
  nowMs: number;
  expiresIn: (days: number) => { validPeriod: string };
  tlsProbe: DemoProbe;
  served: (days: number, san?: string) => DatabasePosture;
  selfSigned: (days: number) => DatabasePosture;
}

const certificate = (days: number, san = 'IP:127.0.0.1') => ({ name: 'obproxy.example.com', sans: [san], days });

function withForcedSsl({ expiresIn, tlsProbe, served, selfSigned }: Context): Named<OceanBaseInstance>[] {
  return [
    // Healthy.
    ['checkout', 'commerce', 'prod', instance('ob5x8kq2w7h1ye', expiresIn(243)), { database: served(243), tlsProbe }],
    // The certificate expires soon (or has expired), without automatic renewal. SSL is forced, and yet:
    // a session without TLS is accepted,
    [
      'inventory',
      'commerce',
      'prod',
      instance('ob1m4t9zc6v0pr', { ...expiresIn(12), autoUpdate: 'CLOSE' }),
      { database: { ...served(12), plaintext: true }, tlsProbe },
    ],
    // the certificate is self-signed,
    [
      'shipping',
      'logistics',
      'prod',
      instance('ob7g2n5ys3e8ua', { ...expiresIn(5), autoUpdate: 'CLOSE' }),
      { database: selfSigned(5), tlsProbe },
    ],
    // the database does not speak TLS.
    [
      'loyalty',
      'marketing',
      'prod',
      instance('ob9d0f6jb4l2wx', { ...expiresIn(-3), autoUpdate: 'CLOSE', certValid: false }),
      { database: { plaintext: true }, tlsProbe },
    ],
  ];
}

function withoutForcedSsl({ nowMs, tlsProbe, served }: Context): Named<OceanBaseInstance>[] {
  return [
    // SSL is not forced, although this edition supports it; the date has the API's other format. The database still
    // serves the certificate before the last renewal.
    [
      'risk',
      'payments',
      'prod',
      instance('ob3r7u1om5k9qt', { forceSSL: 'CLOSE', validPeriod: `${beijingTime(nowMs + 87 * dayMs)}.0` }),
      { database: { ...served(47), plaintext: true }, tlsProbe },
    ],
    // SSL is off, so there is no certificate and no date.
    [
      'reporting',
      'data',
      'staging',
      instance('ob6h3c8vx2d5nz', {
        enableSSL: 'CLOSE',
        status: 'CLOSE',
        forceSSL: 'CLOSE',
        forceSSLSupport: false,
        autoUpdate: 'CLOSE',
        certValid: false,
        caUrl: '',
      }),
      { database: { plaintext: true }, tlsProbe },
    ],
  ];
}

/** The API itself fails; the certificate is for another name. */
function withFailingApi({ expiresIn, tlsProbe, served }: Context): Named<OceanBaseInstance> {
  return [
    'notifications',
    'platform',
    'prod',
    {
      ...instance('ob2w9e4la7s6jk', expiresIn(120)),
      error: { status: 500, errorCode: 'InternalError', errorMessage: 'The request processing has failed.' },
    },
    { database: served(120, 'DNS:obproxy.example.com'), tlsProbe },
  ];
}

function instance(id: string, ssl: Record<string, unknown>): OceanBaseInstance {
  return {
    id,
    tenants: demoTenants(id),
    ssl: {
      instanceId: id,
      enableSSL: 'OPEN',
      status: 'OPEN',
      forceSSL: 'OPEN',
      forceSSLSupport: true,
      autoUpdate: 'OPEN',
      certValid: true,
      certificationType: 'SSL',
      caUrl: 'https://ca.example.com/oceanbase-ca.zip',
      ...ssl,
    },
  };
}
