// The CA bundles that checks read: downloaded as the account of each allows it.
import { createCaBundles } from '../ca-bundle/ca-bundles.ts';
import { download } from '../ca-bundle/download.ts';
import type { CheckTools } from '../collector/job.ts';
import type { Config } from '../config/config.ts';
import type { HttpClient } from '../model/http.ts';
import { processClock } from './process-tools.ts';

/** Dependencies of the source. */
export interface CaBundleTools {
  config: () => Config;
  /** Connects to any address. */
  http: HttpClient;
  /** Connects to public addresses only. */
  publicHttp: HttpClient;
  /** As for the API of the account. */
  trustedCa: (account: string) => Promise<string | undefined>;
  signal: AbortSignal;
}

/** A source without any bundle. */
export function createCaBundleSource(tools: CaBundleTools): CheckTools['caBundle'] {
  const { config, http, publicHttp, trustedCa, signal } = tools;
  const bundles = createCaBundles(processClock);
  return (account, url) => {
    const { scrape, accounts } = config();
    const settings = accounts.get(account)?.caBundle ?? { allowedHosts: [], allowPrivate: false };
    return bundles([account, settings, url], async () =>
      download(url, settings, {
        ...processClock,
        send: (settings.allowPrivate ? http : publicHttp).send,
        signal,
        ca: await trustedCa(account),
        timeoutMs: scrape.request_timeout,
      }),
    );
  };
}
