// Opens the session of an account for one product of Tencent Cloud.
import type { Session } from '../../model/session.ts';
import { type CallAction, createClient, type Product } from './client.ts';

/** What the checks of a product share. */
export interface TencentSession extends Session {
  call: CallAction;
}

/** Nearest-access origins of a service, intl and cn: they route to the region in the request. */
function nearestAccess(service: string): string[] {
  return [`https://${service}.intl.tencentcloudapi.com`, `https://${service}.tencentcloudapi.com`];
}

/**
 * Nearest-access hosts do not serve the finance regions, which have their own hosts
 * (https://cloud.tencent.com/document/api/1130/57814).
 */
function endpointFor(service: string, endpoint: string, region: string): URL {
  const origin = new URL(endpoint.replaceAll('{region}', region)).origin;
  const ownHost = nearestAccess(service).includes(origin) && region.endsWith('-fsi');
  return new URL(ownHost ? `https://${service}.${region}.tencentcloudapi.com` : origin);
}

/** @param now unix milliseconds */
export function openSession(product: Product, endpoint: string, now: () => number): TencentSession {
  const urls = new Map<string, URL>();
  function url(region: string): URL {
    let known = urls.get(region);
    if (known === undefined) urls.set(region, (known = endpointFor(product.service, endpoint, region)));
    return known;
  }
  return { host: ({ region }) => url(region).host, call: createClient(product, url, now) };
}
