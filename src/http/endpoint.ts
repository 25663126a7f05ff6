// What an API endpoint in a configuration may look like.
import { z } from 'zod';

/** Whether a host name always means this machine. */
function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

/** An https origin, http only towards a loopback address; `{region}` may stand in the host where the cloud has regions. */
export function endpointSchema(hasRegions: boolean) {
  return z.string().superRefine((text, context) => {
    const message = complaint(hasRegions ? text.replaceAll('{region}', 'region') : text);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });
}

function complaint(text: string): string | undefined {
  if (!URL.canParse(text) || /[{}\s]/.test(text)) return 'must be a URL such as https://api.example.com';
  const url = new URL(text);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname))) {
    return 'must begin with https:// (http:// only towards a loopback address)';
  }
  if (url.username !== '' || url.password !== '') return 'must not hold a user name or a password';
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '')
    return 'must be scheme and host only, without a path';
  return undefined;
}
