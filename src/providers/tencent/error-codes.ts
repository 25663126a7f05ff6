// What the error codes of the Tencent Cloud API mean, for all products: the common codes of
// https://www.tencentcloud.com/document/product/409/34882
import type { Reason } from '../../model/failure.ts';

/** Reasons by error code. A code covers itself and its sub-codes after a dot; the longest match counts. */
export type ReasonTable = Readonly<Record<string, Reason>>;

const common: ReasonTable = {
  AuthFailure: 'auth',
  'AuthFailure.UnauthorizedOperation': 'permission',
  UnauthorizedOperation: 'permission',
  IpInBlacklist: 'permission',
  IpNotInWhitelist: 'permission',

  RequestLimitExceeded: 'rate_limited',

  ResourceNotFound: 'not_found',
  ResourceInUse: 'instance_state',
  UnsupportedOperation: 'unsupported',

  // The vendor's text for most of these is "try again later".
  InternalError: 'unavailable',
  ServiceUnavailable: 'unavailable',
  ResourceUnavailable: 'unavailable',
  FailedOperation: 'unavailable',
};

/**
 * The reason of an error code; `rejected` for an unknown one.
 * @param product codes of the product, which override the common ones
 */
export function reasonOfCode(code: string, product: ReasonTable = {}): Reason {
  for (let known = code; known !== ''; known = known.slice(0, Math.max(0, known.lastIndexOf('.')))) {
    for (const table of [product, common]) {
      const reason = Object.hasOwn(table, known) ? table[known] : undefined;
      if (reason !== undefined) return reason;
    }
  }
  return 'rejected';
}
