// What an API endpoint in a configuration may look like.
import { z } from 'zod';

/** Whether a host name, as a URL writes it, always means this machine. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

/** Whether a host name, as a URL writes it, is an address that no router passes on (169.254.0.0/16, fe80::/10). */
export function isLinkLocal(hostname: string): boolean {
  return /^169\.254(?:\.\d{1,3}){2}$/.test(hostname) || /^\[fe[89ab]/.test(hostname);
}

/** An https origin, http only towards a loopback address; `{region}` may stand in the host where the cloud has regions. */
export function endpointSchema(hasRegions: boolean) {
  return z.string().superRefine((text, context) => {
    const message = complaint(hasRegions ? text.replaceAll('{region}', 'region') : text);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });
}

/**
 * The http origin of a metadata service: a loopback or link-local address, or the name that the vendor gives it. What
 * it hands out is a secret in the clear, so it may be nowhere else.
 */
export function metadataEndpointSchema(name: string) {
  return z.string().superRefine((text, context) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    const { protocol, hostname = '' } = url ?? {};
    const near = protocol === 'http:' && (hostname === name || isLoopback(hostname) || isLinkLocal(hostname));
    const message =
      near && url !== undefined
        ? complaintOfParts(url)
        : `must be http:// and ${name}, a link-local address such as 169.254.0.23, or a loopback address`;
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });
}

function complaint(text: string): string | undefined {
  if (!URL.canParse(text) || /[{}\s]/.test(text)) return 'must be a URL such as https://api.example.com';
  const url = new URL(text);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname))) {
    return 'must begin with https:// (http:// only towards a loopback address)';
  }
  return complaintOfParts(url);
}

function complaintOfParts(url: URL): string | undefined {
  if (url.username !== '' || url.password !== '') return 'must not hold a user name or a password';
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '')
    return 'must be scheme and host only, without a path';
  return undefined;
}
