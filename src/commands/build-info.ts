// Version and revision of this build.
import { readFileSync } from 'node:fs';
import type { BuildInfo } from '../metrics/exporter-metrics.ts';

/** Set by the build; absent when run from the sources. */
declare const buildRevision: string | undefined;

/**
 * The revision is `unknown` without a build, and in one outside of git.
 * @param manifest package.json
 */
export function readBuildInfo(manifest: URL): BuildInfo {
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
  const revision = typeof buildRevision === 'undefined' ? 'unknown' : buildRevision;
  return { version, revision, nodeVersion: process.version };
}
