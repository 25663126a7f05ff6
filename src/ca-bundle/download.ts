// Downloads a CA bundle from the URL that an API reports: only from hosts that the configuration allows.
import { isIP } from 'node:net';
import { isLoopback } from '../http/endpoint.ts';
import { parseRetryAfter } from '../http/status-failure.ts';
import type { CaBundleSettings } from '../model/ca-bundle.ts';
import { Failure } from '../model/failure.ts';
import { type HttpClient, type HttpResponse, resendIfStale } from '../model/http.ts';

/** With the token of a signature. */
const maxUrlCharacters = 4096;
const maxRedirects = 3;
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** What a download needs. */
export interface DownloadTools {
  send: HttpClient['send'];
  /** Unix milliseconds. */
  now: () => number;
  monotonic: () => number;
  signal: AbortSignal;
  /** PEM certificates to trust instead of those of the system. */
  ca: string | undefined;
  /** Milliseconds for the download with all its redirects. */
  timeoutMs: number;
}

/**
 * The bytes behind a URL. Messages never have the URL, which can be signed.
 * @throws {Failure} bad_response, rejected, unavailable, timeout, network
 */
export async function download(text: string, settings: CaBundleSettings, tools: DownloadTools): Promise<Buffer> {
  const { send, now, monotonic, signal, ca, timeoutMs } = tools;
  const endsAt = monotonic() + timeoutMs;
  let url = allowedUrl(text, settings);
  for (let followed = 0; ; followed++) {
    const request = { method: 'GET', url: url.href, headers: { Accept: '*/*' } } as const;
    const response = await resendIfStale((fresh) =>
      send(request, { timeoutMs: Math.max(1, Math.ceil(endsAt - monotonic())), signal, ca, fresh }),
    );
    if (!redirects.has(response.status)) return bodyOf(response, url, now());
    if (followed === maxRedirects) throw fault(url, `redirects more than ${maxRedirects} times`);
    url = redirected(url, response);
  }
}

/** @throws {Failure} bad_response for a URL that is not allowed */
function allowedUrl(text: string, { allowedHosts }: CaBundleSettings): URL {
  const url = text.length <= maxUrlCharacters && URL.canParse(text) ? new URL(text) : undefined;
  const isSecure = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname));
  if (url === undefined || !isSecure || url.username !== '' || url.password !== '') {
    const help = 'download them yourself and name the file in tls_probe.ca_file';
    throw new Failure('bad_response', `the URL that the API reports for the CA certificates is not https://; ${help}`);
  }
  const host = bareHost(url);
  if (!allowedHosts.some((allowed) => isAllowed(host, allowed))) {
    const help = 'add it if it is a host of the vendor';
    throw new Failure(
      'bad_response',
      `the API reports the CA certificates at ${shown(host)}, which is not in ca_bundle.allowed_hosts; ${help}`,
    );
  }
  return url;
}

/** @param allowed a host, or `*.example.com` for all hosts below it */
function isAllowed(host: string, allowed: string): boolean {
  return allowed.startsWith('*.') ? isIP(host) === 0 && host.endsWith(allowed.slice(1)) : host === allowed;
}

/** Without brackets and without the dot of an absolute name. */
const bareHost = ({ hostname }: URL) => hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');

/** The API could put a secret into a name: those are long words. */
function shown(host: string): string {
  const isShort = host.length <= 100 && host.split(/[.-]/).every((word) => word.length <= 16);
  return isShort ? `the host ${host}` : 'a host (not shown: it has long words)';
}

/** Only to the same host: a redirect is not what the API reports. @throws {Failure} bad_response */
function redirected(from: URL, { headers }: HttpResponse): URL {
  const location = headers['location'] ?? '';
  const to = location !== '' && URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (to?.origin === from.origin) return to;
  throw fault(from, 'redirects to another host, which is not followed');
}

function bodyOf({ status, headers, body }: HttpResponse, url: URL, nowMs: number): Buffer {
  if (status === 200) return Buffer.from(body);
  const isTemporary = status >= 500 || status === 408 || status === 429;
  throw new Failure(isTemporary ? 'unavailable' : 'rejected', `${where(url)} answered with HTTP status ${status}`, {
    retryAfterMs: parseRetryAfter(headers['retry-after'], nowMs),
  });
}

const where = ({ host }: URL) => `the download of the CA certificates from ${host}`;
const fault = (url: URL, what: string) => new Failure('bad_response', `${where(url)} ${what}`);
