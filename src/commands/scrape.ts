// `scrape`: runs every check once and writes one exposition, for a terminal or for the textfile collector.
import type { ConfigSource } from '../config/config-file.ts';
import type { BuildInfo } from '../metrics/exporter-metrics.ts';
import { expositionBytes } from '../metrics/exposition.ts';
import { isFailing } from '../model/knowledge.ts';
import type { Log } from '../model/log.ts';
import { type SweepTarget, sweepOnce } from './one-sweep.ts';

/**
 * @returns the exit status: 0, 3 when some check or list failed, 1 when it was interrupted or the output could not be
 * written
 */
export async function scrape(
  config: ConfigSource,
  target: SweepTarget,
  tools: { build: BuildInfo; log: Log },
): Promise<0 | 1 | 3> {
  const { output } = target;
  const { log } = tools;
  return await sweepOnce(config, target, tools, async (exporter) => {
    const body = await expositionBytes(await exporter.exposition('text'));
    const checks = exporter.knowledge().flatMap((instance) => instance.checks);
    const failed = checks.filter(({ last }) => last === undefined || isFailing(last)).length;
    const lists = exporter.lists();
    const failedLists = lists.filter(({ last }) => last === undefined || last.failure !== undefined).length;
    return {
      pieces: [body.toString()],
      status: failed + failedLists === 0 ? 0 : 3,
      written(file) {
        if (file !== undefined && ![output, file].some((path) => path?.endsWith('.prom'))) {
          log.warn('the textfile collector of node_exporter reads only files that end in .prom', { output });
        }
        log.info('scraped', {
          checks: checks.length,
          failed,
          ...(lists.length === 0 ? {} : { lists: lists.length, failed_lists: failedLists }),
        });
      },
    };
  });
}
