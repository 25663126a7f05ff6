// GET /sd: every instance as a target of Prometheus' http_sd, scraped through /probe without any relabelling.
import type { Instance } from '../model/instance.ts';
import type { ListState } from '../model/knowledge.ts';
import { createPace } from '../model/pace.ts';
import type { BasePaths } from './base-path.ts';
import { acceptsGzip } from './negotiation.ts';
import { probePath } from './paths.ts';
import { createRequestLimit } from './request-limit.ts';
import { type Handler, say } from './routing.ts';
import { scrapeDeadlineMs } from './scrape-deadline.ts';
import { type ScrapeSettings, sayTooMany, withDeadline } from './scrape-handler.ts';
import { sendChunks } from './send-chunks.ts';
import { type ServedAt, servedAt } from './served-at.ts';
import { listTexts, type Targets, type WatchedFleet } from './targets.ts';

/** Time for the lists of instances that are due, as long as Prometheus waits. */
const maxListMs = 10_000;

/** Characters of a piece of the response. */
const pieceLength = 64 * 1024;

/** The handler of the path. */
export function targetListHandler(targets: Targets, base: BasePaths, settings: ScrapeSettings): Handler {
  const { maxRequests, timeoutOffsetMs, stopping } = settings;
  const limit = createRequestLimit(maxRequests);
  return async (request, response) => {
    const at = servedAt(request, base);
    if (at === undefined)
      return say(response, 400, 'The Host, Forwarded or X-Forwarded-Host header has no valid host.');
    const finished = limit('');
    if (finished === undefined) return sayTooMany(response, maxRequests);
    try {
      const announced = request.get('x-prometheus-refresh-interval-seconds');
      const ms = Math.min(maxListMs, scrapeDeadlineMs(announced, timeoutOffsetMs));
      await withDeadline(response, ms, stopping, async (signal) => {
        await targets.refresh(signal);
        await targets.list(signal);
      });
      if (response.closed) return;
      const unknown = targets.lists().filter((list) => isAwaited(list, targets));
      if (unknown.length > 0) {
        const why = 'The targets are not complete yet. Lists of instances that have never been complete:';
        return say(response, 503, `${why}\n${listTexts(unknown)}`);
      }
      response.vary('Accept-Encoding').setHeader('Content-Type', 'application/json');
      await sendChunks(response, targetGroups(targets.fleet(), at), acceptsGzip(request.get('accept-encoding')));
    } finally {
      finished();
    }
  };
}

/**
 * Whether the targets without this list may lack some that Prometheus has: it keeps its targets when the response is an
 * error, and drops those that a response does not have. A list that keeps failing does not block the others any longer.
 */
function isAwaited({ lastSuccessMs, failingSinceMs }: ListState, { now, maxStaleMs }: Targets): boolean {
  return lastSuccessMs === undefined && (failingSinceMs === undefined || now() - failingSinceMs <= maxStaleMs());
}

/** JSON as Prometheus reads it (prometheus.io/docs/prometheus/latest/http_sd), in pieces. */
async function* targetGroups(fleet: WatchedFleet, at: ServedAt): AsyncGenerator<string> {
  const pace = createPace();
  let text = '[';
  let separator = '';
  for (const instances of fleet.byAccount.values()) {
    for (const instance of instances) {
      text += separator + JSON.stringify({ targets: [at.address], labels: labelsOf(instance, fleet, at) });
      separator = ',\n';
      if (text.length >= pieceLength) {
        yield text;
        text = '';
      }
      if (pace.isDue()) await pace.rest();
    }
  }
  yield `${text}]\n`;
}

/**
 * Labels that series of the exporter have, such as `account`, are not among them: Prometheus would rename those of the
 * series. `instance` is: all targets have the same address, and `up` would be one series.
 */
function labelsOf(instance: Instance, fleet: WatchedFleet, { scheme, path }: ServedAt): Record<string, string> {
  const { provider, account, region, id, name, labels } = instance;
  const isAmbiguous = fleet.withId(id, account).length > 1;
  const identity = fleet.isRepeated(id) ? [account, region, id].filter((part) => part !== '').join('/') : id;
  return {
    ...(scheme === 'https' ? { __scheme__: scheme } : {}),
    __metrics_path__: `${path}${probePath}`,
    __param_target: id,
    __param_account: account,
    ...(isAmbiguous && region !== '' ? { __param_region: region } : {}),
    instance: identity,
    __meta_clouddb_provider: provider,
    __meta_clouddb_account: account,
    __meta_clouddb_cloud_region: region,
    __meta_clouddb_instance_id: id,
    __meta_clouddb_instance_name: name,
    ...Object.fromEntries(Object.entries(labels).map(([label, value]) => [`__meta_clouddb_label_${label}`, value])),
  };
}
