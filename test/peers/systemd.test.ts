// The systemd unit, verified by systemd.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFolder } from '../support/exporter-process.ts';
import { findPeer, outputOf } from './peer.ts';

const name = 'clouddb-encryption-exporter.service';
const unit = readFileSync(resolve(import.meta.dirname, '../../deploy/systemd', name), 'utf8');
const { path: analyze, missing } = findPeer('systemd-analyze');
/** systemd 252 says 1.3 of 10; later versions ask for more, each for 0.1 or 0.2. */
const mostExposed = '20';

let folder: Awaited<ReturnType<typeof createFolder>>;
let file: string;
beforeAll(async () => {
  folder = await createFolder();
  // The path of Node differs between machines and is not tested here.
  file = await folder.write(name, unit.replace('/usr/bin/node', process.execPath));
});
afterAll(() => folder.remove());

describe.skipIf(missing)('the systemd unit', () => {
  it('has nothing that systemd does not understand', () => {
    const output = execFileSync('sh', ['-c', '"$0" verify "$1" 2>&1', analyze, file], { encoding: 'utf8' });
    expect(output).toBe('');
  });

  it('is closed', () => {
    const output = outputOf(analyze, ['security', '--offline=true', `--threshold=${mostExposed}`, file]);
    expect(output).toMatch(new RegExp(`exposure level for ${name}`));
  });

  it('would be found open without its hardening', async () => {
    const open = await folder.write(`open-${name}`, unit.replace('ProtectSystem=strict', '').replace(/^Syst.*$/gm, ''));
    expect(() => execFileSync(analyze, ['security', '--offline=true', `--threshold=${mostExposed}`, open])).toThrow(
      'Command failed',
    );
  });
});
