// The failure that an error of axios means.
import http from 'node:http';
import type { AxiosError } from 'axios';
import { Failure } from '../model/failure.ts';

/** What to do where a CA of one's own is not the answer. */
const certificateHelp: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'it has expired: check the clock of this machine, and who serves that endpoint',
  CERT_NOT_YET_VALID: 'it is not valid yet: check the clock of this machine',
  ERR_TLS_CERT_ALTNAME_INVALID: 'it is for another name: check the endpoint',
};

const unknownCaHelp =
  'name its CA (your own, or that of an inspecting proxy) in ca_file of the account, or in NODE_EXTRA_CA_CERTS';

/** An axios error contains the request with its Authorization header, so only its code is passed on. */
export function toFailure(error: unknown, host: string): Failure {
  if (isAxiosError(error) && error.cause instanceof Failure) return error.cause;
  const code = errorCode(error);
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new Failure('bad_response', `${host} sent response headers of more than ${http.maxHeaderSize / 1024} KiB`);
  }
  if (code.startsWith('HPE_')) return new Failure('bad_response', `${host} does not speak HTTP (${code})`);
  if (/CERT|SIGNATURE|ISSUER|SELF_SIGNED/.test(code)) {
    const help = certificateHelp[code] ?? unknownCaHelp;
    return new Failure('network', `the certificate of ${host} is not trusted (${code}); ${help}`);
  }
  return new Failure('network', `no complete response from ${host} (${code})`);
}

function isAxiosError(error: unknown): error is AxiosError {
  return error instanceof Error && 'isAxiosError' in error;
}

/** The code of an error of axios or of Node. */
export function errorCode(error: unknown): string {
  const inner = isAxiosError(error) ? (error.cause ?? error) : error;
  const code = (inner as { code?: unknown }).code ?? (error as { code?: unknown }).code;
  return typeof code === 'string' ? code : 'connection closed';
}
