// The role that is bound to the CVM that this runs on, asked of the metadata service of the machine.

import { parseJsonObject, statusFailure, textOf } from '../../http/status-failure.ts';
import type { CredentialTools } from '../../model/credentials.ts';
import { Failure } from '../../model/failure.ts';
import type { HttpResponse } from '../../model/http.ts';
import type { FreshCredentials } from './cached-credentials.ts';
import { readTemporary } from './temporary-answer.ts';

const path = '/latest/meta-data/cam/security-credentials/';

/**
 * The name of the role, then its credentials.
 * @param endpoint origin of the metadata service
 * @throws {Failure}
 */
export async function readMachineRole(endpoint: string, { send, now }: CredentialTools): Promise<FreshCredentials> {
  const url = new URL(path, endpoint);
  const get = async (name: string): Promise<HttpResponse> => {
    const response = await send({ method: 'GET', url: url.href + encodeURIComponent(name), headers: {} });
    if (response.status === 404) throw new Failure('credentials', 'no role is bound to this machine');
    const refused = statusFailure(response, now());
    if (refused !== undefined) throw refused;
    return response;
  };
  try {
    const name = textOf(await get('')).trim();
    // Dots alone would lead elsewhere.
    if (!/^[\w+=,.@-]{1,128}$/.test(name) || /^\.+$/.test(name)) {
      throw new Failure('bad_response', 'the answer is no name of a role');
    }
    const response = await get(name);
    const answer = parseJsonObject(response);
    if (answer['Code'] !== 'Success') {
      throw new Failure('credentials', 'it has no credentials for the role; look at the role in the console (CAM)');
    }
    return readTemporary(answer, answer, response, now);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw new Failure('credentials', `CVM role, metadata service at ${url.host}: ${error.message}`, { cause: error });
  }
}
