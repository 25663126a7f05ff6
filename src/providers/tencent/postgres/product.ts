// TencentDB for PostgreSQL as a product of the API: service, version, and its own error codes.
import type { Product } from '../client.ts';

/** Codes by the pages of the two actions and by the vendor's SDK (postgres/v20170312/errors.go). */
export const postgres: Product = {
  service: 'postgres',
  version: '2017-03-12',
  reasons: {
    'OperationDenied.CamDeniedError': 'permission',
    'FailedOperation.CamCheckResourceFailed': 'permission',

    'FailedOperation.OperateFrequencyLimitedError': 'rate_limited',

    InstanceNotExist: 'not_found',
    'InvalidParameterValue.InstanceNotExist': 'not_found',

    'OperationDenied.InstanceStatusLimitError': 'instance_state',
    'OperationDenied.InstanceStatusLimitOpError': 'instance_state',
    'ResourceUnavailable.InvalidInstanceStatus': 'instance_state',
    InvalidInstanceStatus: 'instance_state',
    'FailedOperation.LimitOperation': 'instance_state',

    // Documented as "service error, retry later", in spite of their names.
    'UnknownParameter.HttpError': 'unavailable',
    'UnknownParameter.InternalInnerServiceError': 'unavailable',
    SystemError: 'unavailable',
    UnknownError: 'unavailable',
    DBError: 'unavailable',
  },
};
