// Validates the API endpoints of a configuration.
import * as z from 'zod';

/** Whether a host, as `URL.hostname` writes it, is always this machine. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

/** Whether a host, as `URL.hostname` writes it, is an address that no router forwards (169.254.0.0/16, fe80::/10). */
export function isLinkLocal(hostname: string): boolean {
  return /^169\.254(?:\.\d{1,3}){2}$/.test(hostname) || /^\[fe[89ab]/.test(hostname);
}

/** An https origin (http only for a loopback address); the host may contain `{region}` where the cloud has regions. */
export function endpointSchema(hasRegions: boolean) {
  return z.string().superRefine((text, context) => {
    const message = problemOf(hasRegions ? text.replaceAll('{region}', 'region') : text);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });
}

/**
 * The http origin of a metadata service: a loopback or link-local address, or the vendor's host name for it. It sends
 * secrets unencrypted, so no other host is allowed.
 */
export function metadataEndpointSchema(name: string) {
  return z.string().superRefine((text, context) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    const { protocol, hostname = '' } = url ?? {};
    const allowed = protocol === 'http:' && (hostname === name || isLoopback(hostname) || isLinkLocal(hostname));
    const message =
      allowed && url !== undefined
        ? problemOfParts(url)
        : `must be http:// and ${name}, a link-local address such as 169.254.0.23, or a loopback address`;
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });
}

function problemOf(text: string): string | undefined {
  if (!URL.canParse(text) || /[{}\s]/.test(text)) return 'must be a URL such as https://api.example.com';
  const url = new URL(text);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname))) {
    return 'must begin with https:// (http:// only for a loopback address)';
  }
  return problemOfParts(url);
}

function problemOfParts(url: URL): string | undefined {
  if (url.username !== '' || url.password !== '') return 'must not contain a user name or a password';
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '')
    return 'must be scheme and host only, without a path';
  return undefined;
}
