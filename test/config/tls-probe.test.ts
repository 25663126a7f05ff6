// `tls_probe`: which instances are probed, and how what an instance sets goes with what its account sets.
import { describe, expect, it } from 'vitest';
import { accept } from './validation.ts';

const fleet = (account: string, ...instances: string[]) => `
accounts:
  tc: { provider: tencent_postgres${account === '' ? '' : `, ${account}`} }
instances:
${instances.map((one, at) => `  - { id: pg${at}, region: ap-tokyo${one === '' ? '' : `, ${one}`} }\n`).join('')}`;

async function probesOf(text: string) {
  const { instances } = await accept(text);
  return instances.map(({ checks, tlsProbe }) => (checks.includes('tls') ? tlsProbe : undefined));
}
const off = { plaintext: false };

describe('an instance is probed', () => {
  it.each([
    ['nowhere', '', [''], [undefined]],
    ['where it says so', '', ['tls_probe: {}', ''], [off, undefined]],
    ['where it says so with nothing in it', '', ['tls_probe:'], [off]],
    ['where its checks have tls', '', ['checks: [ssl, tls]', 'checks: [ssl]'], [off, undefined]],
    ['where its account says so', 'tls_probe: {}', ['', ''], [off, off]],
    ['but not where its checks leave tls out', 'tls_probe: {}', ['checks: [ssl]', ''], [undefined, off]],
  ])('%s', async (_what, account, instances, expected) => {
    expect(await probesOf(fleet(account, ...instances))).toMatchObject(expected);
  });

  it('with what it sets itself, and otherwise with what its account sets', async () => {
    const account = 'tls_probe: { ca_file: ca.pem, plaintext: true, server_name: db.example.com }';
    const own = 'tls_probe: { address: "[2001:db8::1]:6432", plaintext: false, protocol: mysql }';
    expect(await probesOf(fleet(account, own, ''))).toEqual([
      {
        address: { host: '2001:db8::1', port: 6432 },
        protocol: 'mysql',
        serverName: 'db.example.com',
        caFile: 'ca.pem',
        plaintext: false,
      },
      { serverName: 'db.example.com', caFile: 'ca.pem', plaintext: true },
    ]);
  });

  it.each([
    ['db', { host: 'db' }],
    ['db.example.com:5433', { host: 'db.example.com', port: 5433 }],
    ['10.0.0.4', { host: '10.0.0.4' }],
    ['2001:db8::1', { host: '2001:db8::1' }],
    ['[::1]:5432', { host: '::1', port: 5432 }],
  ])('at %s', async (address, expected) => {
    const [probe] = await probesOf(fleet('', `tls_probe: { address: "${address}" }`));
    expect(probe?.address).toEqual(expected);
  });
});

describe('there is a warning', () => {
  const warningsOf = async (text: string) => (await accept(text)).warnings.map(({ path, message }) => [path, message]);

  it('where no check reports the address', async () => {
    expect(await warningsOf(fleet('tls_probe: {}', 'checks: [kms, tls]', 'checks: [ssl, tls]'))).toEqual([
      [
        'instances[0].checks',
        'no check reports the address to probe; set tls_probe.address, or add ssl here, which reports it',
      ],
    ]);
  });

  it('where the provider reports none', async () => {
    const text = `
accounts: { ob: { provider: oceanbase, project_id: "1", tls_probe: {} } }
instances:
  - { id: ob1 }
  - { id: ob2, tls_probe: { plaintext: true } }
  - { id: ob3, tls_probe: { address: db } }
`;
    const message = 'the API of oceanbase reports no address of the database; set tls_probe.address';
    expect(await warningsOf(text)).toEqual([
      ['instances[0]', message],
      ['instances[1].tls_probe', message],
    ]);
  });
});
