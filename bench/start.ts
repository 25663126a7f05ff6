// Promises about the start: how long until the exporter listens, and that it answers from then on.
import { performance } from 'node:perf_hooks';
import { program, startChild } from './support/child.ts';
import { atMost, blockedAtMost, type Finding } from './support/finding.ts';
import { startApi, writeFleet } from './support/fleet.ts';
import { newPath } from './support/folder.ts';
import { instances, largeFleet } from './support/large-fleet.ts';
import { counted, inMs } from './support/numbers.ts';

const rounds = 9;

export async function benchStart(): Promise<Finding[]> {
  const api = await startApi();
  const config = newPath('.yaml');
  writeFleet(config, api, { instances: 1 });
  const loading: number[] = [];
  const listening: number[] = [];
  for (let round = 0; round < rounds; round++) {
    loading.push(await timeToLoad());
    listening.push(await timeToListen(config));
  }
  await api.stop();
  // The fastest of each: other programs can only delay a start.
  const [own, libraries] = [Math.min(...listening), Math.min(...loading)];
  return [
    atMost(
      'start until it listens, at most 0.8 x of a program that only loads its libraries',
      0.8,
      own / libraries,
      `${(own / libraries).toFixed(2)} x (${inMs(own)}, ${inMs(libraries)})`,
    ),
  ];
}

const libraries = ['express', 'axios', 'prom-client', 'zod', 'yaml', 'commander', 'pino'];

/** Milliseconds until Node has loaded the libraries from node_modules, file by file, and exited. */
async function timeToLoad(): Promise<number> {
  const load = `await Promise.all(${JSON.stringify(libraries)}.map((name) => import(name)))`;
  const start = performance.now();
  await startChild(process.execPath, ['--input-type=module', '-e', load]).closed;
  return performance.now() - start;
}

/** Milliseconds until the exporter reports that it listens. */
async function timeToListen(config: string): Promise<number> {
  const start = performance.now();
  const flags = [`--config.file=${config}`, '--web.listen-address=127.0.0.1:0'];
  const child = startChild(process.execPath, [program, 'serve', ...flags]);
  await child.printed(/listening/);
  const ms = performance.now() - start;
  await child.stop();
  return ms;
}

/** The longest answer depends on what else the machine does; the longest block of the event loop does not. */
export async function benchHealthy(): Promise<Finding[]> {
  const { health, block } = await largeFleet({ anew: true });
  const { answers, late, longestMs } = health;
  const queued = `${counted(2 * instances)} checks queued`;
  return [
    blockedAtMost(`event loop from the first moment, with ${queued}, never blocked over 100 ms`, 100, [block], 'once'),
    {
      promise: `/-/healthy from the first moment, with ${queued}, 99 % of answers within 100 ms and all within 1 s`,
      measured: `${late} of ${answers} later, the longest ${inMs(longestMs)}`,
      kept: late <= answers / 100 && longestMs <= 1000,
    },
  ];
}
