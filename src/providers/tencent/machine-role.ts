// Credentials of the role that is bound to this CVM, from its metadata service.

import { parseJsonObject, requireSuccess, textOf } from '../../http/status-failure.ts';
import type { CredentialTools } from '../../model/credentials.ts';
import { Failure } from '../../model/failure.ts';
import type { HttpResponse } from '../../model/http.ts';
import type { FreshCredentials } from './cached-credentials.ts';
import { readTemporary } from './temporary-response.ts';

const path = '/latest/meta-data/cam/security-credentials/';

/**
 * Requests the name of the role, then its credentials.
 * @param endpoint origin of the metadata service
 * @throws {Failure}
 */
export async function readMachineRole(endpoint: string, { send, now }: CredentialTools): Promise<FreshCredentials> {
  const url = new URL(path, endpoint);
  const get = async (name: string): Promise<HttpResponse> => {
    const response = await send({ method: 'GET', url: url.href + encodeURIComponent(name), headers: {} });
    if (response.status === 404) throw new Failure('credentials', 'no role is bound to this machine');
    requireSuccess(response, now());
    return response;
  };
  try {
    const name = textOf(await get('')).trim();
    // A name of dots only would change the path of the URL.
    if (!/^[\w+=,.@-]{1,128}$/.test(name) || /^\.+$/.test(name)) {
      throw new Failure('bad_response', 'the response is not the name of a role');
    }
    const response = await get(name);
    const fields = parseJsonObject(response);
    if (fields['Code'] !== 'Success') {
      throw new Failure('credentials', 'it has no credentials for the role; check the role in the CAM console');
    }
    return readTemporary(fields, fields, response, now);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw new Failure('credentials', `CVM role, metadata service at ${url.host}: ${error.message}`, { cause: error });
  }
}
