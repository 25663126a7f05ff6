// The command line of `probe`: address, flags, and mistakes in them.
import { describe, expect, it } from 'vitest';
import type { ProbeFlags } from '../../src/commands/probe.ts';
import type { Actions } from '../../src/commands/program.ts';
import { parseCommandLine, runInProcess } from '../support/in-process.ts';
import { secret } from '../support/secret.ts';

/** What the command receives. */
async function received(...args: string[]): Promise<ProbeFlags | undefined> {
  let received: ProbeFlags | undefined;
  const other = () => Promise.resolve(2);
  const actions: Actions = {
    serve: other,
    demo: other,
    checkConfig: other,
    scrape: other,
    report: other,
    probe(flags) {
      received = flags;
      return Promise.resolve(0);
    },
  };
  const nothing = () => undefined;
  await parseCommandLine(['probe', ...args], actions, { stdout: nothing, stderr: nothing });
  return received;
}

describe('probe', () => {
  it('has defaults for all flags but the address', async () => {
    expect(await received('db.example.com:5432')).toEqual({
      host: 'db.example.com',
      port: 5432,
      protocol: 'postgres',
      serverName: 'db.example.com',
      caFile: undefined,
      plaintext: false,
      timeoutMs: 5000,
      format: 'text',
      minDays: 30,
    });
  });

  it('takes all flags', async () => {
    const names = ['--protocol=mysql', '--server-name=db.example.com', '--ca-file=ca.pem'];
    const others = ['--plaintext', '--timeout=1.5s', '--format=json', '--min-days=0', '--log.level=debug'];
    expect(await received('[2001:db8::1]:6000', ...names, ...others)).toEqual({
      host: '2001:db8::1',
      port: 6000,
      protocol: 'mysql',
      serverName: 'db.example.com',
      caFile: 'ca.pem',
      plaintext: true,
      timeoutMs: 1500,
      format: 'json',
      minDays: 0,
    });
  });

  it.each<[string[], Pick<ProbeFlags, 'host' | 'port' | 'protocol'>]>([
    [['db:5432'], { host: 'db', port: 5432, protocol: 'postgres' }],
    [['db:6432'], { host: 'db', port: 6432, protocol: 'postgres' }],
    [['db:3306'], { host: 'db', port: 3306, protocol: 'mysql' }],
    [['db:2881'], { host: 'db', port: 2881, protocol: 'mysql' }],
    [['10.0.0.4:2883'], { host: '10.0.0.4', port: 2883, protocol: 'mysql' }],
    [['db:5432', '--protocol=mysql'], { host: 'db', port: 5432, protocol: 'mysql' }],
    [['db', '--protocol=mysql'], { host: 'db', port: 3306, protocol: 'mysql' }],
    [['db', '--protocol=postgres'], { host: 'db', port: 5432, protocol: 'postgres' }],
    [['::1', '--protocol=postgres'], { host: '::1', port: 5432, protocol: 'postgres' }],
  ])('takes protocol and port from each other: %j', async (args, expected) => {
    expect(await received(...args)).toMatchObject({ ...expected, serverName: expected.host });
  });

  it.each(['postgres://ann:PASSWORD@db/orders', 'ann:PASSWORD@db:5432', 'host=db password=PASSWORD'])(
    'does not repeat an address that may have a password: %s',
    async (text) => {
      const { status, stdout, stderr } = await runInProcess(['probe', text.replace('PASSWORD', secret('address'))]);
      expect([status, stdout]).toEqual([1, '']);
      expect(stderr).toContain('give HOST:PORT alone');
      expect(stderr).not.toContain(secret('address'));
    },
  );

  it.each([
    ['no address', [], /missing.*host:port/],
    ['two addresses', ['a:5432', 'b:5432'], /too many arguments.*probe/],
    ['a port that no protocol uses', ['db:8080'], /give --protocol=postgres or --protocol=mysql/],
    ['neither port nor protocol', ['db'], /give --protocol=postgres or --protocol=mysql/],
    ['a port above 65535', ['db:65536'], /give HOST:PORT alone/],
    ['an unknown protocol', ['db', '--protocol=oracle'], /--protocol.*oracle.*postgres, mysql/],
    ['a server name with a port', ['db:5432', '--server-name=db:5432'], /--server-name.*without a port/],
    ['an empty server name', ['db:5432', '--server-name='], /--server-name.*host name/],
    ['an empty CA file', ['db:5432', '--ca-file='], /--ca-file.*value is empty/],
    ['no time', ['db:5432', '--timeout=0s'], /--timeout.*1ms to 1h/],
    ['too much time', ['db:5432', '--timeout=2h'], /--timeout.*1ms to 1h/],
    ['a format of reports', ['db:5432', '--format=csv'], /--format.*csv.*text, json/],
    ['a fraction of days', ['db:5432', '--min-days=1.5'], /--min-days.*whole number/],
    ['a configuration', ['db:5432', '--config.file=x'], /--config\.file.*needs no configuration/],
  ])('exits with status 1 and a message after a mistake: %s', async (_, args, says) => {
    const run = await runInProcess(['probe', ...args]);
    expect(run).toMatchObject({ status: 1, stdout: '' });
    expect(run.stderr).toMatch(says);
    expect(run.stderr).toContain('--help');
  });
});
