// Puts an exporter through sweeps, in turns with calls of axios alone, then through scrapes without a check that is due.
import { startMeasured } from './exporter.ts';
import { startApi, writeFleet } from './fleet.ts';
import { newPath } from './folder.ts';
import { mean, median } from './numbers.ts';
import { startAxiosLoop } from './references.ts';
import { request, scrape } from './requests.ts';

/** The fleet and what it is put through. */
export interface Course {
  instances: number;
  accounts: number;
  /** Measured sweeps, each with the scrape that starts it. */
  sweeps: number;
  /** Measured scrapes without a check that is due. */
  scrapes: number;
}

/** What was measured. */
export interface Result {
  cpuPerCheckMs: number;
  /** CPU of a signed call with axios alone. */
  cpuPerCallMs: number;
  /** CPU of a check in calls with axios alone, which are measured before and after each sweep. */
  callsPerCheck: number;
  cpuPerScrapeMs: number;
  /** After each of the measured sweeps and scrapes. */
  rssBytes: number[];
  peakBytes: number;
}

/** As many checks as warm the program up. */
const warmUpChecks = 2000;

export async function runCourse({ instances, accounts, sweeps, scrapes }: Course): Promise<Result> {
  const api = await startApi();
  const config = newPath('.yaml');
  writeFleet(config, api, { instances, accounts, refresh: '0s' });
  const exporter = await startMeasured(config);
  const { url, usage } = exporter;
  const checks = 2 * instances;
  const rssBytes: number[] = [];

  async function measured(): Promise<number> {
    const cpuMs = await exporter.cpuOf(() => scrape(url));
    rssBytes.push((await usage()).rssBytes);
    return cpuMs;
  }

  // The first scrape joins the sweep of the start.
  for (let warm = 0; warm < warmUpChecks; warm += checks) await scrape(url);
  const axios = await startAxiosLoop(api.port);
  const sweepTimes: number[] = [];
  const callTimes = [await axios.cpuMs()];
  for (let sweep = 0; sweep < sweeps; sweep++) {
    sweepTimes.push(await measured());
    callTimes.push(await axios.cpuMs());
  }
  await axios.stop();
  writeFleet(config, api, { instances, accounts, refresh: '1h' });
  await request(`${url}/-/reload`, { method: 'POST' });
  await scrape(url);
  const scrapeTimes: number[] = [];
  for (let index = 0; index < scrapes; index++) scrapeTimes.push(await measured());
  const { peakBytes } = await usage();
  await exporter.stop();
  await api.stop();
  const cpuPerScrapeMs = median(scrapeTimes);
  // A sweep is measured with the scrape that starts it, which costs at least what a scrape alone costs.
  const checkTimes = sweepTimes.map((ms) => (ms - cpuPerScrapeMs) / checks);
  const ratios = checkTimes.map((ms, sweep) => ms / mean(callTimes.slice(sweep, sweep + 2)));
  return {
    cpuPerCheckMs: median(checkTimes),
    cpuPerCallMs: median(callTimes),
    callsPerCheck: median(ratios),
    cpuPerScrapeMs,
    rssBytes,
    peakBytes,
  };
}
