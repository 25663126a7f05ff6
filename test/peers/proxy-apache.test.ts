// The exporter through a real Apache as a forward proxy, with a password and without one that fits.
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SimulatedApi } from '../../src/demo/simulated-api.ts';
import { startPostgresApi } from '../../src/demo/tencent/postgres-api.ts';
import { runProgram, startExporter } from '../support/exporter-process.ts';
import { scrape, valuesOf } from '../support/exposition.ts';
import { type Listening, startProxy, startTlsFront, type TestProxy, testCaFile } from '../support/proxy.ts';
import { secret } from '../support/secret.ts';
import { createPeerFolder, findPeer, type Peer, startApache } from './peer.ts';

const apache = findPeer('apache2');

const password = secret('password of the proxy', '@');
const host = 'postgres.intl.tencentcloudapi.com';

describe.skipIf(apache.missing)('through Apache', () => {
  let folder: Awaited<ReturnType<typeof createPeerFolder>>;
  let api: SimulatedApi;
  let front: Listening;
  let behind: TestProxy;
  let peer: Peer;
  let config: string;

  beforeAll(async () => {
    folder = await createPeerFolder();
    api = await startPostgresApi({
      secretId: secret('id'),
      secretKey: secret('key'),
      instances: ['a', 'b'].map((id) => ({ id, region: 'ap-guangzhou', sslEnabled: true, keys: [] })),
    });
    front = await startTlsFront(api.url);
    // Apache hands on to a proxy of ours, which alone knows that the host is on this machine.
    behind = await startProxy(() => front.port);
    peer = await startServer();
    config = await folder.write(
      'config.yaml',
      `
scrape: { retries: 0 }
accounts: { main: { provider: tencent_postgres, secret_id: ${secret('id')}, secret_key: ${secret('key')} } }
instances: [{ id: a, region: ap-guangzhou }, { id: b, region: ap-guangzhou }]
`,
    );
  });

  afterAll(async () => {
    await peer.stop();
    await Promise.all([behind.close(), front.close(), api.close(), folder.remove()]);
  });

  const env = (user: string) => ({
    HTTPS_PROXY: `http://${user}@${new URL(peer.url).host}`,
    NODE_EXTRA_CA_CERTS: testCaFile,
  });

  it('all checks work, and further sweeps open no further tunnels', async () => {
    const exporter = await startExporter({ config, env: env(`user:${encodeURIComponent(password)}`) });
    await scrape(exporter.url);
    const tunnels = behind.asked.length;
    for (let turn = 0; turn < 3; turn++) {
      expect(valuesOf(await scrape(exporter.url), 'clouddb_check_success')).toEqual([1, 1, 1, 1]);
    }
    await exporter.stop();
    expect(tunnels).toBeGreaterThan(0);
    expect(behind.asked).toHaveLength(tunnels);
    expect(new Set(behind.asked.map(({ authority }) => authority))).toEqual(new Set([`${host}:443`]));
  });

  it('a wrong password is reported as such', async () => {
    const run = await runProgram(['scrape', `--config.file=${config}`], env(`user:${secret('wrong')}`));
    expect(run.status).toBe(3);
    expect(run.stderr).toMatch(
      /reason=network.*the proxy 127\.0\.0\.1:\d+ requires a valid user and password.*status 407/,
    );
  });

  async function startServer(): Promise<Peer> {
    await folder.write('users', `user:{SHA}${createHash('sha1').update(password).digest('base64')}\n`);
    const modules = ['mpm_event', 'authn_core', 'authn_file', 'authz_core', 'authz_user', 'auth_basic'];
    modules.push('proxy', 'proxy_connect');
    return startApache(
      apache.path,
      folder,
      modules,
      `
ProxyRequests On
AllowCONNECT 443
ProxyRemote * http://${behind.host}
<Proxy *>
  AuthType Basic
  AuthName proxy
  AuthUserFile ${folder.path}/users
  Require valid-user
</Proxy>`,
    );
  }
});
