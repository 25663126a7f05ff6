// Keeps the web configuration up to date with its files, which are read for each request and each connection.
import { createReloadable, type Reading } from '../files/reloadable.ts';
import type { Problem } from '../files/yaml-document.ts';
import type { Clock } from '../model/clock.ts';
import type { ReloadState } from '../model/reload-state.ts';
import type { WebConfig } from './web-config.ts';

/** Provides the protection of the HTTP surface. */
export interface WebConfigSource {
  /** The last valid configuration, with the rate limit of the start, and with TLS or without as at the start. */
  current: () => WebConfig;
  /** Reads the files first, for one second at most. Never rejects. */
  latest: () => Promise<WebConfig>;
  /** The problems of the files now. */
  problems: () => readonly Problem[];
  state: () => ReloadState;
}

/** Called once per change of the files. */
export interface WebConfigListener {
  reloaded: () => void;
  failed: (problems: readonly Problem[]) => void;
  /** The file changes settings that are fixed when the program starts. */
  needsRestart: (keys: readonly string[]) => void;
  /** The files could not be read in time. */
  timedOut: () => void;
}

const readTimeoutMs = 1000;

/**
 * Opens the configuration. @returns the source, or the problems of the first read
 * @param readFiles returns the same object while no byte has changed; calls never overlap
 */
export async function openWebConfig(
  file: string,
  readFiles: () => Promise<Reading<WebConfig>>,
  listener: WebConfigListener,
  { now, later }: Pick<Clock, 'now' | 'later'>,
): Promise<{ source: WebConfigSource; problems?: never } | { source?: never; problems: readonly Problem[] }> {
  const first = await readFiles();
  if (first.config === undefined) return { problems: first.problems };
  const { tls, rateLimit } = first.config;
  let last: Reading<WebConfig> = first;

  async function read(): Promise<Reading<WebConfig>> {
    const next = await readFiles();
    // When certificate and key are replaced together, the first read may get the old one and the new one.
    last = next === last || next.config !== undefined ? next : await readFiles();
    return last;
  }

  function accept(config: WebConfig, current: WebConfig): Reading<WebConfig> {
    // An editor empties a file before it writes it: that must not remove the protection.
    if (isEmpty(config) && !isEmpty(current)) return { problems: emptied(file) };
    const changed = [
      ...((config.tls === undefined) === (tls === undefined) ? [] : ['tls_server_config']),
      ...(JSON.stringify(config.rateLimit) === JSON.stringify(rateLimit) ? [] : ['rate_limit']),
    ];
    if (changed.length > 0) listener.needsRestart(changed);
    // TLS that is removed from the file continues with its last certificate.
    return { config: { ...config, tls: tls && (config.tls ?? current.tls), rateLimit } };
  }

  const { current, problems, state, refresh } = createReloadable(first, {
    read,
    accept,
    reloaded: listener.reloaded,
    failed: listener.failed,
    timeout: { ms: readTimeoutMs, later, expired: listener.timedOut },
    now,
  });
  return {
    source: {
      current,
      problems,
      state,
      async latest() {
        await refresh();
        return current();
      },
    },
  };
}

function isEmpty({ tls, headers, users, rateLimit }: WebConfig): boolean {
  return tls === undefined && Object.keys(headers).length === 0 && users.size === 0 && rateLimit === undefined;
}

function emptied(file: string): Problem[] {
  const message = 'is empty now; restart to serve without any protection';
  return [{ file, line: 1, column: 1, path: '', message }];
}
