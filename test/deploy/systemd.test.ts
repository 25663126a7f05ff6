// The systemd unit: what it starts, what it keeps away from the process, and where its README puts secrets.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileVariable } from '../../src/providers/tencent/profile-file.ts';
import { createFolder, runProgram, spawnProgram } from '../support/exporter-process.ts';
import { secret } from '../support/secret.ts';

const file = resolve(import.meta.dirname, '../../deploy/systemd/clouddb-encryption-exporter.service');
const readme = readFileSync(join(dirname(file), 'README.md'), 'utf8');

/** All values of a key of [Service], in their order. */
function settings(key: string): string[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith(`${key}=`))
    .map((line) => line.slice(key.length + 1));
}

let folder: Awaited<ReturnType<typeof createFolder>>;
beforeAll(async () => {
  folder = await createFolder();
});
afterAll(() => folder.remove());

describe('the systemd unit', () => {
  it('starts the files that the README installs, with valid flags', async () => {
    const [node, program = '', ...args] = (settings('ExecStart')[0] ?? '').split(' ');
    expect([node, args.pop()]).toEqual(['/usr/bin/node', '$ARGS']);
    expect(readme).toContain(`cp -r package.json dist ${dirname(dirname(program))}/`);
    const { status, stderr } = await runProgram(args);
    expect([status, stderr]).toEqual([1, expect.stringContaining('config.yaml: ') as string]);
    expect(stderr).toContain('there is no such file');
  });

  it('reads the configuration again on reload', () => {
    expect(settings('ExecReload')).toEqual(['/bin/kill -HUP $MAINPID']);
  });

  it('starts again after a SIGHUP that came too early, which systemd regards as success', () => {
    expect(settings('Restart')).toEqual(['always']);
  });

  it('is active once a reload does not end it', async () => {
    const config = await folder.write('config.yaml', 'accounts: { ob: { provider: oceanbase } }\n');
    const child = spawnProgram(['serve', `--config.file=${config}`, '--web.listen-address=127.0.0.1:0']);
    const [, script = ''] = /^\/bin\/sh -c '(.*)'$/.exec(settings('ExecStartPost')[0] ?? '') ?? [];
    execFileSync('/bin/sh', ['-c', script], { env: { ...process.env, MAINPID: String(child.pid) } });
    child.kill('SIGHUP');
    let log = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
    while (!log.includes('msg="listening"')) await once(child.stderr, 'data');
    child.kill('SIGTERM');
    expect(await once(child, 'close')).toEqual([0, null]);
  });

  it('removes every privilege that the exporter does not need', () => {
    const on = ['DynamicUser', 'NoNewPrivileges', 'ProtectHome', 'PrivateTmp', 'PrivateDevices', 'PrivateUsers'];
    const more = ['ProtectClock', 'ProtectControlGroups', 'ProtectHostname', 'ProtectKernelLogs', 'LockPersonality'];
    const last = ['ProtectKernelModules', 'ProtectKernelTunables', 'RestrictNamespaces', 'RestrictSUIDSGID'];
    for (const key of [...on, ...more, ...last]) expect([key, settings(key)]).toEqual([key, ['yes']]);
    expect(settings('ProtectSystem')).toEqual(['strict']);
    expect(settings('CapabilityBoundingSet')).toEqual(['']);
    expect(settings('SystemCallFilter')).toEqual(['@system-service', '~@privileged @resources']);
    expect(settings('RestrictAddressFamilies')).toEqual(['AF_INET AF_INET6 AF_UNIX']);
  });

  it('holds no secret, and needs none to start', () => {
    for (const key of ['LoadCredential', 'SetCredential', 'User']) expect(settings(key)).toEqual([]);
    for (const path of settings('EnvironmentFile')) expect(path).toMatch(/^-/);
  });

  it('is handed every credential that the README names', () => {
    const handedOver = new Set([...readme.matchAll(/^LoadCredential=([^:]+):/gm)].map(([, name]) => name));
    const paths = [...readme.matchAll(/\/run\/credentials\/\S+$/gm)].map(([path]) => path);
    expect(paths.map(dirname)).toEqual(paths.map(() => `/run/credentials/${basename(file)}`));
    expect(new Set(paths.map((path) => basename(path)))).toEqual(handedOver);
    expect(readme).toContain(`Environment=${fileVariable}=/run/credentials/`);
  });

  it('hands secrets over where the configuration of the README looks for them', async () => {
    const credentials = `/run/credentials/${basename(file)}`;
    const [config = ''] = /(?<=```yaml\n)[^`]+/.exec(readme) ?? [];
    for (const [, name = ''] of readme.matchAll(/^LoadCredential=([^:]+):/gm)) {
      mkdirSync(join(folder.path, credentials), { recursive: true });
      writeFileSync(join(folder.path, credentials, name), `${secret(name)}\n`);
    }
    const path = await folder.write('config.yaml', config.replaceAll(credentials, folder.path + credentials));
    expect(await runProgram(['check-config', `--config.file=${path}`])).toMatchObject({ status: 0, stderr: '' });
  });
});
