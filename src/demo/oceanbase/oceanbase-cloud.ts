// The OceanBase databases of the demo, one for each posture: from healthy to a failing API.
import { randomBytes } from 'node:crypto';
import { listed, type Named, type SimulatedCloud } from '../simulated-cloud.ts';
import { beijingTime, utcTime } from '../wire-time.ts';
import { type OceanBaseInstance, startOceanBaseApi } from './oceanbase-api.ts';

const dayMs = 86_400_000;

export const oceanBaseCloud: SimulatedCloud = {
  provider: 'oceanbase',
  instances: (nowMs) => listed(oceanBaseFleet(nowMs)),
  async start(nowMs) {
    const accessKeyId = `demo-${randomBytes(8).toString('hex')}`;
    const accessKeySecret = randomBytes(16).toString('hex');
    const instances = oceanBaseFleet(nowMs).map(([, , , instance]) => instance);
    const api = await startOceanBaseApi({ accessKeyId, accessKeySecret, instances, latencyMs: 40 });
    return { api, credentials: { access_key_id: accessKeyId, access_key_secret: accessKeySecret } };
  },
};

/** All dates are relative to `nowMs`. */
export function oceanBaseFleet(nowMs: number): Named<OceanBaseInstance>[] {
  const instance = (id: string, ssl: Record<string, unknown>): OceanBaseInstance => ({
    id,
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
  });
  const expiresIn = (days: number) => ({ validPeriod: utcTime(nowMs + days * dayMs) });

  return [
    // Healthy.
    ['checkout', 'commerce', 'prod', instance('ob5x8kq2w7h1ye', expiresIn(243))],
    // The certificate expires soon (or has expired), without automatic renewal.
    ['inventory', 'commerce', 'prod', instance('ob1m4t9zc6v0pr', { ...expiresIn(12), autoUpdate: 'CLOSE' })],
    ['shipping', 'logistics', 'prod', instance('ob7g2n5ys3e8ua', { ...expiresIn(5), autoUpdate: 'CLOSE' })],
    [
      'loyalty',
      'marketing',
      'prod',
      instance('ob9d0f6jb4l2wx', { ...expiresIn(-3), autoUpdate: 'CLOSE', certValid: false }),
    ],
    // SSL is not forced, although this edition supports it; the date has the API's other format.
    [
      'risk',
      'payments',
      'prod',
      instance('ob3r7u1om5k9qt', { forceSSL: 'CLOSE', validPeriod: `${beijingTime(nowMs + 87 * dayMs)}.0` }),
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
    ],
    // The API itself fails.
    [
      'notifications',
      'platform',
      'prod',
      {
        ...instance('ob2w9e4la7s6jk', expiresIn(120)),
        error: { status: 500, errorCode: 'InternalError', errorMessage: 'The request processing has failed.' },
      },
    ],
  ];
}
