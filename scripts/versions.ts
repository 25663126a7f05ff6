// The version of the release in every place that names it: `node --import tsx scripts/versions.ts v0.2.0` prints it, and
// fails when the places or the tag disagree.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const places: readonly [place: string, pattern: RegExp][] = [
  ['package.json', /^ {2}"version": "(.+)",$/m],
  ['package-lock.json', /^ {2}"version": "(.+)",$/m],
  ['deploy/helm/clouddb-encryption-exporter/Chart.yaml', /^version: (.+)$/m],
  ['deploy/helm/clouddb-encryption-exporter/Chart.yaml', /^appVersion: (.+)$/m],
  ['Dockerfile', /^ARG VERSION=(.+)$/m],
  ['CHANGELOG.md', /^## \[(\d.*?)\]/m],
];

/** @throws when not all places have one version, with what each of them has */
export function releaseVersion(root: string, tag?: string): string {
  const found = places.map(([place, pattern]): [string, string | undefined] => [
    `${place} (${pattern.source})`,
    pattern.exec(readFileSync(join(root, place), 'utf8'))?.[1],
  ]);
  if (tag !== undefined) found.push(['the tag, without its v', /^v(.+)$/.exec(tag)?.[1]]);
  const version = found[0]?.[1];
  if (version === undefined || found.some(([, other]) => other !== version)) {
    const lines = found.map(([place, other]) => `  ${other ?? 'no version'}: ${place}`);
    throw new Error(`The versions disagree. Set the same one everywhere:\n${lines.join('\n')}`);
  }
  return version;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    console.log(releaseVersion('.', process.argv[2]));
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  }
}
