// Benchmarks of the promises in README.md, as ratios within one run: the built program as its own process. Prints a line
// for each promise and fails when one is broken. `npm run bench -- NAME…` runs only the benchmarks of these names.
import { performance } from 'node:perf_hooks';
import { benchChecks } from './checks.ts';
import { benchConfig } from './config.ts';
import { benchDiscovery } from './discovery.ts';
import { benchMemory, benchMemoryBriefly } from './memory.ts';
import { benchProbe } from './probe.ts';
import { benchRate } from './rate.ts';
import { benchScaling } from './scaling.ts';
import { benchLongValues, benchManyLabels, benchScrape, benchStatusPage } from './scrape.ts';
import { benchHealthy, benchStart } from './start.ts';
import { stopChildren } from './support/child.ts';
import type { Benchmark } from './support/finding.ts';
import { removeFolder } from './support/folder.ts';
import { benchCalls, benchConcurrency, benchDeadline, benchSingleFlight } from './sweeps.ts';
import { benchTargets } from './targets.ts';

const usual: Record<string, Benchmark> = {
  rate: benchRate,
  calls: benchCalls,
  concurrency: benchConcurrency,
  deadline: benchDeadline,
  'single-flight': benchSingleFlight,
  start: benchStart,
  healthy: benchHealthy,
  scrape: benchScrape,
  'status-page': benchStatusPage,
  targets: benchTargets,
  config: benchConfig,
  'many-labels': benchManyLabels,
  'long-values': benchLongValues,
  checks: benchChecks,
  'memory-briefly': benchMemoryBriefly,
};

/** These take long or need other programs, and only run when they are named, once. */
const long: Record<string, Benchmark> = {
  memory: benchMemory,
  scaling: benchScaling,
  probe: benchProbe,
  discovery: benchDiscovery,
};

// Other load on the machine can only worsen a measurement: a broken promise is measured again, which the output shows.
const attempts = 5;

/** @returns whether all promises were kept in one of the attempts */
async function run(bench: Benchmark, attempts: number): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    const findings = await bench();
    for (const { promise, measured, kept } of findings)
      console.log(`${kept ? 'kept  ' : 'BROKEN'}  ${promise}: ${measured}`);
    if (findings.every(({ kept }) => kept)) return true;
    if (attempt === attempts) return false;
    console.log(`        measured again, attempt ${attempt + 1} of ${attempts}`);
  }
}

async function main(names: readonly string[]): Promise<void> {
  const broken: string[] = [];
  const start = performance.now();
  try {
    for (const name of names) {
      const bench = usual[name];
      const kept = bench === undefined ? await run(long[name] as Benchmark, 1) : await run(bench, attempts);
      if (!kept) broken.push(name);
    }
  } finally {
    await stopChildren();
    removeFolder();
  }
  console.log(`${names.length} benchmarks in ${((performance.now() - start) / 1000).toFixed(0)} s`);
  if (broken.length === 0) return;
  console.error(`broken in each attempt: ${broken.join(', ')}`);
  process.exitCode = 1;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    void stopChildren().then(() => {
      removeFolder();
      process.exit(1);
    });
  });
}

const known = [...Object.keys(usual), ...Object.keys(long)];
const named = process.argv.slice(2);
if (named.every((name) => known.includes(name))) {
  await main(named.length === 0 ? Object.keys(usual) : named);
} else {
  console.error(`the benchmarks are: ${known.join(', ')}`);
  process.exitCode = 2;
}
