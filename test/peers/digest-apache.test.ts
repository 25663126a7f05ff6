// The exporter against the Digest of a real Apache: counted, one-time and short-lived nonces, and evicted ones.
import { describe, expect, it } from 'vitest';
import {
  allGood,
  allRefused,
  checksOf,
  htdigestLine,
  logFormat,
  scrapeFleet,
  scrapes,
  sweeps,
  tally,
  withServer,
  wrongSecret,
} from './digest-fleet.ts';
import { findPeer, type Peer, type PeerFolder, startApache } from './peer.ts';

// mod_auth_digest's own default remembers about a dozen clients.
const roomForAll = 'AuthDigestShmemSize 1M';

interface Variant {
  /** Directives of the server. */
  server?: string;
  /** Directives of the folder. */
  folder?: string;
}

const variants: Record<string, Variant> = {
  'as it comes': {},
  'AuthDigestShmemSize 1M': { server: roomForAll },
  'AuthDigestNcCheck On': { server: roomForAll, folder: 'AuthDigestNcCheck On' },
  'one-time nonces': { server: roomForAll, folder: 'AuthDigestNonceLifetime 0' },
  'nonces that live for 3 s': { server: roomForAll, folder: 'AuthDigestNonceLifetime 3' },
};

const apache = findPeer('apache2');

describe.skipIf(apache.missing)('Digest against Apache', () => {
  const serve = (variant: Variant) => (folder: PeerFolder) => startServer(folder, variant);

  it.each(Object.entries(variants))('%s: one instance costs one challenge, ever', async (_title, variant) => {
    const { result, log } = await withServer(serve(variant), 1, ({ url }) => scrapeFleet(url, 1));
    expect(result).toEqual(Array.from({ length: scrapes }, (_, turn) => ({ ...allGood(1), requests: turn + 3 })));
    expect(checksOf(log)).toEqual({ ob0: ['401 200', ...Array<string>(scrapes).fill('200')] });
    expect(tally(log).disordered).toEqual([]);
  });

  it.each(Object.entries(variants))(
    '%s: 24 instances at a time cost one challenge per lease',
    async (_title, variant) => {
      const { result, log } = await withServer(serve(variant), 24, ({ url }) => scrapeFleet(url, 24));
      for (const shown of result) expect(shown).toMatchObject(allGood(24));
      const { challenged, ...rest } = tally(log);
      expect(challenged).toBeLessThanOrEqual(24);
      expect(rest).toEqual({ checks: 24 * sweeps, requests: 24 * sweeps + challenged, refused: 0, disordered: [] });
      expect(result.at(-1)?.requests).toBe(log.length);
    },
  );

  it('a wrong password costs two requests per check', async () => {
    const { result, log } = await withServer(serve({}), 3, ({ url }) => scrapeFleet(url, 3, wrongSecret));
    expect(result).toEqual(allRefused(3));
    expect(Object.values(checksOf(log)).flat()).toEqual(Array(3 * sweeps).fill('401 401'));
  });

  // Each challenge needs room, and evicts another: the server then answers a good credential 401 with stale=true.
  it.each(['AuthDigestNcCheck On', 'AuthDigestNonceLifetime 0'])(
    '%s with room for a dozen clients: 24 instances at a time are all served',
    async (directive) => {
      const { result, log } = await withServer(serve({ folder: directive }), 24, ({ url }) => scrapeFleet(url, 24));
      for (const shown of result) expect(shown).toMatchObject(allGood(24));
      expect(result.at(-1)?.requests).toBe(log.length);
    },
  );
});

async function startServer(folder: PeerFolder, variant: Variant): Promise<Peer> {
  await folder.write('users', htdigestLine('md5', 'OceanBase'));
  const modules = ['mpm_event', 'authn_core', 'authn_file', 'authz_core', 'authz_user', 'auth_digest'];
  return startApache(
    apache.path,
    folder,
    modules,
    `
LogFormat "${logFormat}" arrivals
CustomLog ${folder.path}/access.log arrivals
${variant.server ?? ''}
DocumentRoot ${folder.path}/root
<Directory ${folder.path}/root>
  ForceType application/json
  AuthType Digest
  AuthName OceanBase
  AuthDigestProvider file
  AuthUserFile ${folder.path}/users
  Require valid-user
  ${variant.folder ?? ''}
</Directory>`,
  );
}
