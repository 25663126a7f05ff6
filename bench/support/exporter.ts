// Starts the built program with the probe in it, and measures it from outside.
import { once } from 'node:events';
import { probeFlags, program, startChild } from './child.ts';

/** CPU time since the start, and resident memory now and at its peak. */
export interface Usage {
  cpuMs: number;
  rssBytes: number;
  peakBytes: number;
}

/** The longest time that the event loop is blocked. */
export interface Block {
  /** Milliseconds without waits for a CPU that other programs have, where the operating system counts these. */
  ms: number;
  /** Milliseconds by monitorEventLoopDelay. */
  withWaitsMs: number;
}

/** A running exporter. */
export interface MeasuredExporter {
  /** `http://127.0.0.1:PORT` */
  url: string;
  usage: () => Promise<Usage>;
  /** Milliseconds of CPU, of all threads, while the action runs. */
  cpuOf: (action: () => Promise<unknown>) => Promise<number>;
  /** The longest time that the event loop is blocked while the action runs. */
  longestBlockOf: (action: () => Promise<unknown>) => Promise<Block>;
  stop: () => Promise<void>;
}

/** Starts `serve` and waits until it listens. @param port default: a free one */
export async function startMeasured(config: string, { port = 0 } = {}): Promise<MeasuredExporter> {
  const flags = [`--config.file=${config}`, `--web.listen-address=127.0.0.1:${port}`, '--web.enable-lifecycle'];
  const child = startChild(process.execPath, [...probeFlags, program, 'serve', ...flags], { ipc: true });

  async function request<T>(question: 'usage' | 'watch' | 'unwatch'): Promise<T> {
    const answered = once(child.process, 'message') as Promise<[T]>;
    child.process.send(question);
    return (await answered)[0];
  }

  const usage = () => request<Usage>('usage');
  const [, address] = await child.printed(/listening.*address="?[=:]?"?([\d.:]+)/);
  return {
    url: `http://${address}`,
    usage,
    async cpuOf(action) {
      const before = await usage();
      await action();
      return (await usage()).cpuMs - before.cpuMs;
    },
    async longestBlockOf(action) {
      await request('watch');
      await action();
      return request<Block>('unwatch');
    },
    stop: () => child.stop(),
  };
}
