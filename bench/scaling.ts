// A table of CPU and memory over the number of instances and accounts, with the promises that it holds.
import { atMost, type Finding } from './support/finding.ts';
import { inMegabytes } from './support/numbers.ts';
import { runCourse } from './support/sweeping.ts';

const sizes = [100, 1000, 10_000, 20_000];
const accountNumbers = [1, 10, 100];
const columns = ['instances', 'accounts', 'ms per check', 'x axios', 'ms per scrape', 'us/instance', 'memory'];

const line = (cells: readonly (string | number)[]) =>
  `        ${cells.map((cell) => String(cell).padStart(13)).join('')}`;

export async function benchScaling(): Promise<Finding[]> {
  const ratios: number[] = [];
  console.log(line(columns));
  for (const instances of sizes) {
    for (const accounts of accountNumbers) {
      const sweeps = instances <= 1000 ? 5 : 1;
      const result = await runCourse({ instances, accounts, sweeps, scrapes: 3 });
      ratios.push(result.callsPerCheck);
      console.log(
        line([
          instances,
          accounts,
          result.cpuPerCheckMs.toFixed(3),
          result.callsPerCheck.toFixed(2),
          result.cpuPerScrapeMs.toFixed(1),
          ((1000 * result.cpuPerScrapeMs) / instances).toFixed(2),
          inMegabytes(Math.max(...result.rssBytes)),
        ]),
      );
    }
  }
  const most = Math.max(...ratios);
  return [
    atMost(
      'CPU of a check in all of these fleets, at most 1.5 x of a signed call with axios alone',
      1.5,
      most,
      `${Math.min(...ratios).toFixed(2)} x to ${most.toFixed(2)} x`,
    ),
  ];
}
