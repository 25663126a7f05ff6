// What the error codes of the Tencent Cloud API mean (409/34882 common codes; the pages of the two actions).
import type { Reason } from '../../model/failure.ts';

// A code stands for itself and for what follows it after a dot; the longest match counts.
const table: Readonly<Record<string, Reason>> = {
  AuthFailure: 'auth',
  'AuthFailure.UnauthorizedOperation': 'permission',
  UnauthorizedOperation: 'permission',
  'OperationDenied.CamDeniedError': 'permission',
  'FailedOperation.CamCheckResourceFailed': 'permission',
  IpInBlacklist: 'permission',
  IpNotInWhitelist: 'permission',

  RequestLimitExceeded: 'rate_limited',
  'FailedOperation.OperateFrequencyLimitedError': 'rate_limited',

  ResourceNotFound: 'not_found',
  InstanceNotExist: 'not_found',
  'InvalidParameterValue.InstanceNotExist': 'not_found',

  'OperationDenied.InstanceStatusLimitError': 'instance_state',
  'OperationDenied.InstanceStatusLimitOpError': 'instance_state',
  'ResourceUnavailable.InvalidInstanceStatus': 'instance_state',
  InvalidInstanceStatus: 'instance_state',
  'FailedOperation.LimitOperation': 'instance_state',
  ResourceInUse: 'instance_state',

  // The vendor's text for most of these is "try again later".
  InternalError: 'unavailable',
  ServiceUnavailable: 'unavailable',
  ResourceUnavailable: 'unavailable',
  FailedOperation: 'unavailable',
  'UnknownParameter.HttpError': 'unavailable',
  'UnknownParameter.InternalInnerServiceError': 'unavailable',
  SystemError: 'unavailable',
  UnknownError: 'unavailable',
  DBError: 'unavailable',
};

/** The reason that an error code stands for; `rejected` for one that is not known. */
export function reasonOfCode(code: string): Reason {
  for (let known = code; known !== ''; known = known.slice(0, Math.max(0, known.lastIndexOf('.')))) {
    const reason = Object.hasOwn(table, known) ? table[known] : undefined;
    if (reason !== undefined) return reason;
  }
  return 'rejected';
}
