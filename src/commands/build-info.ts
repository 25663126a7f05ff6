// Version and revision of this build.
import { readFileSync } from 'node:fs';
import type { BuildInfo } from '../metrics/exporter-metrics.ts';

export const programName = 'clouddb-encryption-exporter';

/** Version from package.json, revision from the file that the build writes, `unknown` without it. */
export function readBuildInfo(): BuildInfo {
  const { version } = readJson('../../package.json') as { version: string };
  let revision = 'unknown';
  try {
    revision = (readJson('../build-info.json') as { revision: string }).revision;
  } catch {
    // Run from the sources, without a build.
  }
  return { version, revision, nodeVersion: process.version };
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
}
