// Keeps the web configuration in step with its files: looked at for each request and connection, the last good one kept.
import type { ReloadState } from '../config/config-file.ts';
import type { Problem } from '../files/yaml-document.ts';
import type { WebConfigReading } from './read-web-config.ts';
import type { WebConfig } from './web-config.ts';

/** Where the HTTP surface takes its protection from. */
export interface WebConfigSource {
  /** The configuration in force. */
  current: () => WebConfig;
  /** Looks at the files first, for a second at most. Never rejects. */
  latest: () => Promise<WebConfig>;
  /** What is wrong with the files now. */
  problems: () => readonly Problem[];
  state: () => ReloadState;
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
 * @param read the same object while no byte has changed; is not called again while it reads
 */
export async function openWebConfig(
  file: string,
  read: () => Promise<WebConfigReading>,
  listener: WebConfigListener,
  { now, later }: SourceTime,
): Promise<{ source: WebConfigSource; problems?: never } | { source?: never; problems: readonly Problem[] }> {
  let reading = await read();
  if (reading.config === undefined) return { problems: reading.problems };

  const { tls, rateLimit } = reading.config;
  let current = reading.config;
  let problems: readonly Problem[] = [];
  let late = false;
  let lastSuccessMs = now();
  let looking: { answered: Promise<void> } | undefined;

  async function look(): Promise<void> {
    let next = await read();
    if (next === reading) return;
    // Of two files that are swapped together, the first look may have met one of each.
    if (next.config === undefined) next = await read();
    if (next === reading) return;
    reading = next;
    const { config, problems: found } = isSuddenlyEmpty(next) ? { problems: emptied(file) } : next;
    problems = found ?? [];
    if (config === undefined) return listener.failed(problems);
    current = withFixedParts(config);
    lastSuccessMs = now();
    listener.reloaded();
  }

  /** A file that is being written is empty for a moment: that must not open the door. */
  function isSuddenlyEmpty({ config }: WebConfigReading): boolean {
    return config !== undefined && isEmpty(config) && !isEmpty(current);
  }

  /** Rate limit and TLS or not are fixed at start; TLS that is to go away keeps its last certificate. */
  function withFixedParts(config: WebConfig): WebConfig {
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
      problems: () => problems,
      state: () => ({ successful: problems.length === 0 && !late, lastSuccessMs }),
      async latest() {
        // A look that began before this was asked for may have read what is old by now.
        await looking?.answered;
        // One that hangs is still there, and holds up nobody any more.
        looking ??= begin();
        await looking.answered;
        return current;
      },
    },
  };
}

function isEmpty({ tls, headers, users, rateLimit }: WebConfig): boolean {
  return tls === undefined && Object.keys(headers).length === 0 && users.size === 0 && rateLimit === undefined;
}

function emptied(file: string): Problem[] {
  const message = 'holds nothing any more; to serve without any protection, restart';
  return [{ file, line: 0, column: 0, path: '', message }];
}
