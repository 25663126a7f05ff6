// Promises about resident memory with 10,000 instances: bounded, and flat over sweeps and scrapes.
import { checkPromise } from './checks.ts';
import { atMost, type Finding } from './support/finding.ts';
import { inMegabytes, mean } from './support/numbers.ts';
import { type Result, runCourse } from './support/sweeping.ts';

const fleet = { instances: 10_000, accounts: 1 };
const limitMegabytes = 200;
/** Over the last 40 measurements, from the mean of the first ten of them to that of the last ten. */
const maxGrowth = 0.05;

/** A few sweeps and then scrapes alone, which fits into the usual run. */
export async function benchMemoryBriefly(): Promise<Finding[]> {
  const result = await runCourse({ ...fleet, sweeps: 2, scrapes: 47 });
  return [...memoryPromises('3 sweeps and 47 scrapes', result), checkPromise('10,000 instances, 1 account', result)];
}

/** A sweep with each of 50 scrapes. The last scrape, after a change of the configuration, is not counted. */
export async function benchMemory(): Promise<Finding[]> {
  const result = await runCourse({ ...fleet, sweeps: 50, scrapes: 1 });
  return memoryPromises('50 sweeps and scrapes', { ...result, rssBytes: result.rssBytes.slice(0, 50) });
}

function memoryPromises(course: string, { rssBytes, peakBytes }: Result): Finding[] {
  const last = rssBytes.slice(-40);
  const most = Math.max(...last);
  const growth = mean(last.slice(-10)) / mean(last.slice(0, 10)) - 1;
  return [
    atMost(
      `resident memory with 10,000 instances over the last 40 of ${course}, at most ${limitMegabytes} MB`,
      limitMegabytes * 1024 * 1024,
      most,
      `${inMegabytes(most)} (mean ${inMegabytes(mean(last))}, peak ${inMegabytes(peakBytes)})`,
    ),
    atMost(
      `resident memory is flat over the last 40 of ${course}, at most 5 % more`,
      maxGrowth,
      growth,
      `${(100 * growth).toFixed(1)} % from ${inMegabytes(mean(last.slice(0, 10)))}`,
    ),
  ];
}
