// Keeps the web configuration in step with its files: looked at for each request and connection, the last good one kept.
import { createSecureContext } from 'node:tls';
import type { Problem } from '../config/yaml-document.ts';
import { tlsOptions } from './tls-options.ts';
import type { WebConfig } from './web-config.ts';

/** What one reading of the files gave. */
export type Reading = { config: WebConfig; problems?: never } | { config?: never; problems: readonly Problem[] };

/** Where the HTTP surface takes its protection from. */
export interface WebConfigSource {
  /** The configuration in force. */
  current: () => WebConfig;
  /** Looks at the files first, for a second at most. Never rejects. */
  latest: () => Promise<WebConfig>;
  state: () => { successful: boolean; lastSuccessMs: number };
}

/** Told once per change of the files. */
export interface WebConfigListener {
  reloaded: () => void;
  failed: (problems: readonly Problem[]) => void;
  /** The file asks for something that is fixed when the program starts. */
  needsRestart: (keys: readonly string[]) => void;
  /** The files cannot be read in time. */
  hanging: () => void;
}

/** Time as the source needs it. */
export interface SourceTime {
  now: () => number;
  later: (ms: number, callback: () => void) => () => void;
}

const patienceMs = 1000;

/**
 * Opens the configuration. @returns the source, or the problems of the first reading
 * @param read the same object while no byte has changed
 */
export async function openWebConfig(
  file: string,
  read: () => Promise<Reading>,
  listener: WebConfigListener,
  { now, later }: SourceTime,
): Promise<{ source: WebConfigSource; problems?: never } | { source?: never; problems: readonly Problem[] }> {
  let reading = await read();
  const { config: first, problems } = judge(file, reading);
  if (first === undefined) return { problems };

  let current = first;
  let good = true;
  let late = false;
  let lastSuccessMs = now();
  let looking: { answered: Promise<void> } | undefined;

  async function look(): Promise<void> {
    const next = await read();
    if (next === reading) return;
    reading = next;
    const { config, problems: found } = judge(file, next);
    good = config !== undefined;
    if (config === undefined) return listener.failed(found);
    current = withFixedParts(config);
    lastSuccessMs = now();
    listener.reloaded();
  }

  /** Rate limit and TLS or not are fixed at start; TLS that is to go away keeps its last certificate. */
  function withFixedParts(config: WebConfig): WebConfig {
    const { tls, rateLimit } = first as WebConfig;
    const changed = [
      ...((config.tls === undefined) === (tls === undefined) ? [] : ['tls_server_config']),
      ...(JSON.stringify(config.rateLimit) === JSON.stringify(rateLimit) ? [] : ['rate_limit']),
    ];
    if (changed.length > 0) listener.needsRestart(changed);
    return { ...config, tls: tls && (config.tls ?? current.tls), rateLimit };
  }

  function begin(): { answered: Promise<void> } {
    const mine = { answered: Promise.resolve() };
    mine.answered = new Promise((resolve) => {
      const inTime = later(patienceMs, () => {
        late = true;
        listener.hanging();
        resolve();
      });
      void look().finally(() => {
        inTime();
        late = false;
        looking = undefined;
        resolve();
      });
    });
    return mine;
  }

  return {
    source: {
      current: () => current,
      state: () => ({ successful: good && !late, lastSuccessMs }),
      async latest() {
        // A look that began before this was asked for may have read what is old by now.
        const earlier = looking;
        await earlier?.answered;
        if (earlier !== undefined && looking === earlier) return current;
        looking ??= begin();
        await looking.answered;
        return current;
      },
    },
  };
}

/** A good reading whose certificate or ciphers OpenSSL refuses is a bad one. */
export function judge(file: string, reading: Reading): Reading {
  if (reading.config?.tls === undefined) return reading;
  try {
    createSecureContext(tlsOptions(reading.config.tls));
    return reading;
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    const message = `OpenSSL refuses it (${code}): check the certificate, the length of its key and the ciphers`;
    return { problems: [{ file, line: 0, column: 0, path: 'tls_server_config', message }] };
  }
}
