// One look-up against a real name server on loopback: sources in their order, both families, failures.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Resolution, resolveName } from '../../src/http/resolve.ts';
import { type DnsServer, startDns, type Zone } from './dns-server.ts';

let folder: string;
let hostsFile: string;
let zones: Record<string, Zone>;
let server: DnsServer;
/** The names that the resolver of the system was asked for. */
let system: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clouddb-hosts-'));
  hostsFile = join(folder, 'hosts');
  zones = {};
  system = [];
  server = await startDns((name) => zones[name]);
});

afterEach(async () => {
  server.close();
  await rm(folder, { recursive: true });
});

/** The system's resolver knows `search.example`, found by a search domain. */
function resolve(host: string, servers = [server.address]): Promise<Resolution> {
  return resolveName(host, {
    servers,
    hostsFile,
    askSystem(name) {
      system.push(name);
      if (name === 'search.example') return Promise.resolve(['127.0.0.9']);
      return Promise.reject(Object.assign(new Error('none'), { code: 'ENOTFOUND' }));
    },
  });
}

describe('the hosts file', () => {
  it.each([
    ['api.example', ['127.0.0.5', '::5']],
    ['API.example.', ['127.0.0.5', '::5']],
    ['alias.example', ['127.0.0.5']],
  ])('comes first: %s', async (host, addresses) => {
    await writeFile(
      hostsFile,
      '# api.example\n127.0.0.5\tAPI.example alias.example # other.example\r\n::5 api.example\n',
    );
    expect(await resolve(host)).toMatchObject({ addresses });
    expect(server.queries).toEqual([]);
  });

  it('has lines that are not used: without an address', async () => {
    await writeFile(hostsFile, 'api.example api.example\n127.0.0 api.example\n127.0.0.5 api.example\n');
    expect(await resolve('api.example')).toMatchObject({ addresses: ['127.0.0.5'] });
  });

  it('is read again for each look-up', async () => {
    zones['api.example'] = { v4: ['127.0.0.1'] };
    expect(await resolve('api.example')).toMatchObject({ addresses: ['127.0.0.1'] });
    await writeFile(hostsFile, '127.0.0.6 api.example\n');
    expect(await resolve('api.example')).toMatchObject({ addresses: ['127.0.0.6'] });
  });

  it('need not name localhost', async () => {
    expect(await resolve('localhost')).toMatchObject({ addresses: ['127.0.0.1', '::1'] });
    expect(server.queries).toEqual([]);
  });
});

describe('DNS', () => {
  it('gives the addresses of both families in turn, with the lowest TTL', async () => {
    zones['api.example'] = { v4: ['127.0.0.1', '127.0.0.2', '127.0.0.3'], v6: ['0:0:0:0:0:0:0:1'], ttl: 17 };
    const addresses = ['::1', '127.0.0.1', '127.0.0.2', '127.0.0.3'];
    expect(await resolve('api.example')).toEqual({ addresses, ttlSeconds: 17 });
    expect(system).toEqual([]);
  });

  it.each<[string, Zone, string]>([
    ['IPv6', { v4: ['127.0.0.1'], v6: 'silent' }, '127.0.0.1'],
    ['IPv4', { v4: 'silent', v6: ['0:0:0:0:0:0:0:1'] }, '::1'],
  ])('need not answer for %s', async (_family, zone, address) => {
    zones['api.example'] = zone;
    expect(await resolve('api.example')).toMatchObject({ addresses: [address] });
    expect(system).toEqual([]);
  });

  it('that does not answer is a failure, and the threads of the system are not used', async () => {
    expect(await resolve('dead.example')).toEqual({ code: 'ETIMEOUT', definite: false });
    expect(system).toEqual([]);
  });

  it('has 10 seconds to answer, though a query is repeated sooner', async () => {
    zones['slow.example'] = { v4: ['127.0.0.1'], late: true };
    expect(await resolve('slow.example')).toMatchObject({ addresses: ['127.0.0.1'] });
  });

  it('that does not answer is replaced by the next name server', async () => {
    const silent = await startDns(() => undefined);
    zones['api.example'] = { v4: ['127.0.0.1'] };
    expect(await resolve('api.example', [silent.address, server.address])).toMatchObject({ addresses: ['127.0.0.1'] });
    expect(silent.queries.length).toBeGreaterThan(0);
    silent.close();
  });

  it.each<[string, Zone]>([
    ['NXDOMAIN', { code: 3 }],
    ['no record', {}],
    ['SERVFAIL', { code: 2 }],
    ['REFUSED', { code: 5 }],
  ])('that answers %s leaves the name to the system', async (_what, zone) => {
    zones['search.example'] = zone;
    expect(await resolve('search.example')).toMatchObject({ addresses: ['127.0.0.9'] });
  });

  it('that is not there leaves the name to the system', async () => {
    expect(await resolve('search.example', ['127.0.0.1:1'])).toMatchObject({ addresses: ['127.0.0.9'] });
  });

  it('and the system without the name: it has no address', async () => {
    zones['gone.example'] = { code: 3 };
    expect(await resolve('gone.example')).toEqual({ code: 'ENOTFOUND', definite: true });
  });
});
