// Helpers of the tests of this provider: credentials, an instance, and responses of the API.
import { readFileSync } from 'node:fs';
import type { HttpResponse } from '../../../../src/model/http.ts';
import { instanceOf } from '../../check-context.ts';

export const credentials = { access_key_id: 'ak-twin', access_key_secret: 'secret, of the "twin"' };

export const instance = instanceOf('oceanbase', { id: 'obxxx', checks: ['ssl', 'tde'] });

/** A file of `fixtures/`, byte for byte. */
export function fixture(name: string): string {
  return readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8');
}

/** The documented response, with other fields in `data`. */
export function responseOf(data: Record<string, unknown>): HttpResponse {
  const documented = JSON.parse(fixture('ssl.txt')) as { data: Record<string, unknown> };
  return {
    status: 200,
    headers: {},
    body: Buffer.from(JSON.stringify({ ...documented, data: { ...documented.data, ...data } })),
  };
}
