// The reason of each error code: the common list and the pages of the two actions.
import { describe, expect, it } from 'vitest';
import type { Reason } from '../../../src/model/failure.ts';
import { reasonOfCode } from '../../../src/providers/tencent/error-codes.ts';
import { postgres } from '../../../src/providers/tencent/postgres/product.ts';

const codes: Record<Reason, string[]> = {
  auth: [
    'AuthFailure.InvalidAuthorization',
    'AuthFailure.InvalidSecretId',
    'AuthFailure.MFAFailure',
    'AuthFailure.SecretIdNotFound',
    'AuthFailure.SignatureExpire',
    'AuthFailure.SignatureFailure',
    'AuthFailure.TokenFailure',
    'AuthFailure.SomethingNew',
    'AuthFailure',
  ],
  permission: [
    'AuthFailure.UnauthorizedOperation',
    'UnauthorizedOperation',
    'UnauthorizedOperation.CamNoAuth',
    'OperationDenied.CamDeniedError',
    'FailedOperation.CamCheckResourceFailed',
    'IpInBlacklist',
    'IpNotInWhitelist',
  ],
  rate_limited: [
    'RequestLimitExceeded',
    'RequestLimitExceeded.GlobalRegionUinLimitExceeded',
    'RequestLimitExceeded.IPLimitExceeded',
    'RequestLimitExceeded.UinLimitExceeded',
    'FailedOperation.OperateFrequencyLimitedError',
  ],
  not_found: [
    'ResourceNotFound',
    'ResourceNotFound.InstanceNotFoundError',
    'InstanceNotExist',
    'InvalidParameterValue.InstanceNotExist',
  ],
  instance_state: [
    'OperationDenied.InstanceStatusLimitError',
    'ResourceUnavailable.InvalidInstanceStatus',
    'InvalidInstanceStatus',
    'FailedOperation.LimitOperation',
    'ResourceInUse',
  ],
  unavailable: [
    'InternalError',
    'InternalError.InternalHttpServerError',
    'InternalError.DBError',
    'InternalError.SystemError',
    'InternalError.UnknownError',
    'InternalError.HttpError',
    'InternalError.DatabaseAccessError',
    'ServiceUnavailable',
    'ResourceUnavailable',
    'FailedOperation',
    'FailedOperation.FailedOperationError',
    'FailedOperation.DatabaseAccessError',
    'FailedOperation.OssAccessError',
    'FailedOperation.ServiceAccessError',
    'FailedOperation.CamSigAndAuthError',
    'FailedOperation.CamCheckResourceError',
    'FailedOperation.QueryInstanceBatchError',
    'FailedOperation.GetInstanceByResourceIdError',
    'FailedOperation.WhitelistConnectError',
    'UnknownParameter.HttpError',
    'UnknownParameter.InternalInnerServiceError',
    'SystemError',
    'UnknownError',
    'DBError',
  ],
  rejected: [
    'ActionOffline',
    'DryRunOperation',
    'InvalidAction',
    'InvalidParameter',
    'InvalidParameterValue',
    'InvalidParameterValue.InvalidParameterValueError',
    'InvalidRequest',
    'LimitExceeded',
    'MissingParameter',
    'NoSuchProduct',
    'NoSuchVersion',
    'OperationDenied',
    'RequestSizeLimitExceeded',
    'ResourceInsufficient',
    'ResponseSizeLimitExceeded',
    'UnknownParameter',
    'UnsupportedProtocol',
    'UnsupportedRegion',
    // Unknown codes that resemble known ones.
    'SomethingNew',
    'AuthFailureX',
    'XAuthFailure',
    'RequestLimit',
    'InternalErrors.DBError',
    'constructor',
    'toString.x',
    '__proto__',
    '.',
    '..AuthFailure',
    '',
  ],
  timeout: [],
  network: [],
  bad_response: [],
  credentials: [],
  unsupported: ['UnsupportedOperation', 'UnsupportedOperation.SomethingNew'],
  internal: [],
};

describe('Tencent error code', () => {
  const rows = Object.entries(codes).flatMap(([reason, list]) => list.map((code) => [code, reason]));

  it.each(rows)('%s has reason %s', (code, reason) => {
    expect(reasonOfCode(code, postgres.reasons)).toBe(reason);
  });
});
