// Which build this is.
import { readFileSync } from 'node:fs';
import type { BuildInfo } from '../metrics/exporter-metrics.ts';

export const programName = 'clouddb-encryption-exporter';

/** Version from package.json, revision as the build wrote it, `unknown` when it did not. */
export function readBuildInfo(): BuildInfo {
  const { version } = readJson('../../package.json') as { version: string };
  let revision = 'unknown';
  try {
    revision = (readJson('../build-info.json') as { revision: string }).revision;
  } catch {
    // Run from the sources: there is no build to tell of.
  }
  return { version, revision, nodeVersion: process.version };
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
}
