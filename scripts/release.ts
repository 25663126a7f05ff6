// Builds the files of a release into release/: the npm package, the chart, rules and dashboards, the bill of materials, and
// the checksums of them. The same commit gives the same bytes with the same npm.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { releaseVersion } from './versions.ts';

const target = 'release';
const name = 'clouddb-encryption-exporter';

const maxBuffer = 64 * 1024 * 1024;
const output = (program: string, ...args: string[]) => execFileSync(program, args, { encoding: 'utf8', maxBuffer });

/** Packs the tracked files below some paths of a folder. */
function pack(archive: string, folder: string, ...paths: string[]): void {
  const files = output('git', '-C', folder, 'ls-files', '--', ...paths);
  const time = output('git', 'log', '-1', '--format=%ct').trim();
  const same = ['--sort=name', `--mtime=@${time}`, '--owner=0', '--group=0', '--numeric-owner', '--mode=a=rX,u+w'];
  const args = ['--create', ...same, '--directory', folder, '--files-from=-'];
  const tar = execFileSync('tar', args, { input: files, maxBuffer });
  writeFileSync(join(target, archive), gzipSync(tar, { level: 9 }));
}

function release(): void {
  // npm also packs files in these folders that git ignores.
  const ignored = output('git', 'status', '--porcelain', '--ignored', '--', 'docs', 'prometheus', 'grafana');
  const changed = output('git', 'status', '--porcelain') || ignored;
  if (changed !== '') throw new Error(`Commit or remove these first; a release is built from a commit:\n${changed}`);
  const version = releaseVersion('.', process.argv[2]);
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target);
  output('npm', 'pack', '--silent', '--pack-destination', target);
  // Helm takes the name of the chart from Chart.yaml. The name of the archive must differ from that of the npm package.
  pack(`${name}-chart-${version}.tgz`, 'deploy/helm', name);
  const alertmanager = ['prometheus/prometheus.yml', 'prometheus/alertmanager.yml'];
  pack(`${name}-monitoring-${version}.tgz`, '.', 'prometheus/rules', ...alertmanager, 'grafana/dashboards', 'LICENSE');
  writeFileSync(join(target, 'sbom.cdx.json'), output('node', 'scripts/sbom.mjs'));
  const sums = readdirSync(target).map((file) => {
    const digest = createHash('sha256').update(readFileSync(join(target, file)));
    return `${digest.digest('hex')}  ${file}\n`;
  });
  writeFileSync(join(target, 'SHA256SUMS'), sums.join(''));
  console.log(`${target}/SHA256SUMS\n${sums.join('')}`);
}

try {
  release();
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
