// Version and revision of this build.
import { readFileSync } from 'node:fs';
import type { BuildInfo } from '../metrics/exporter-metrics.ts';

/** Set by the build, so that a program keeps its version wherever it is copied; absent when run from the sources. */
declare const buildVersion: string | undefined;
declare const buildRevision: string | undefined;

/** The version is that of package.json; the revision is `unknown` without a build, and in one outside of git. */
export function readBuildInfo(): BuildInfo {
  return {
    version: typeof buildVersion === 'undefined' ? versionOfSources() : buildVersion,
    revision: typeof buildRevision === 'undefined' ? 'unknown' : buildRevision,
    nodeVersion: process.version,
  };
}

function versionOfSources(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
