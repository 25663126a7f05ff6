// The API errors of the simulated Tencent Cloud, in English and Chinese.

/** An API-level failure: the HTTP status stays 200. */
export interface TencentFailure {
  code: string;
  en: string;
  zh: string;
}

const texts: Record<string, [en: string, zh: string]> = {
  'AuthFailure.InvalidAuthorization': [
    'The `Authorization` in the request header does not comply with the Tencent Cloud standard.',
    '请求头部的 `Authorization` 不符合腾讯云标准。',
  ],
  'AuthFailure.SecretIdNotFound': [
    'The SecretId is not found, please ensure that your SecretId is correct.',
    'SecretId 不存在，请输入正确的密钥。',
  ],
  'AuthFailure.SignatureExpire': [
    'The provided X-TC-Timestamp is more than 5 minutes off the server time; check the clock of the client.',
    '签名过期。X-TC-Timestamp 与服务器时间相差不得超过五分钟，请检查本地时间。',
  ],
  'AuthFailure.SignatureFailure': [
    'The provided credentials could not be validated. Please check your signature is correct.',
    '请求签名验证失败，请检查您的签名计算是否正确。',
  ],
  'AuthFailure.TokenFailure': ['The provided token is incorrect.', '请求提供的 Token 错误。'],
  'FailedOperation.FailedOperationError': ['The operation failed. Please try again later.', '操作失败，请稍后重试。'],
  InternalError: ['An internal error has occurred. Retry your request.', '内部错误，请重试。'],
  InvalidParameterValue: ['The parameter value is invalid.', '参数取值错误。'],
  InvalidRequest: [
    'The request body is not well-formed JSON of type `application/json`.',
    '请求 body 的 JSON 格式错误。',
  ],
  'OperationDenied.CamDeniedError': ['CAM denied the operation.', 'CAM 鉴权不通过。'],
  'OperationDenied.InstanceStatusLimitError': [
    'The operation is not allowed in the present state of the instance.',
    '实例当前状态不允许该操作。',
  ],
  RequestSizeLimitExceeded: ['The request size exceeds the upper limit.', '请求包超过限制大小。'],
  'ResourceNotFound.InstanceNotFoundError': ['The instance does not exist in this region.', '该地域下没有找到该实例。'],
  UnauthorizedOperation: [
    'You are not authorized to perform the operation. Check your CAM policies.',
    '未授权操作，请检查 CAM 策略。',
  ],
};

/**
 * A failure by its code (common codes: https://www.tencentcloud.com/document/product/409/34882; product codes: the
 * pages of the actions).
 */
export function tencentFailure(code: string): TencentFailure {
  const [en, zh] = texts[code] ?? [`The request failed with ${code}.`, `请求失败：${code}。`];
  return { code, en, zh };
}

export function invalidAction(action: string): TencentFailure {
  return {
    code: 'InvalidAction',
    en: `The action \`${action}\` is invalid or not found.`,
    zh: `接口 \`${action}\` 不存在。`,
  };
}

export function noSuchVersion(version: string): TencentFailure {
  return {
    code: 'NoSuchVersion',
    en: `The API version \`${version}\` does not exist.`,
    zh: `接口版本 \`${version}\` 不存在。`,
  };
}

export function missingParameter(name: string): TencentFailure {
  return {
    code: 'MissingParameter',
    en: `The request is missing a required parameter \`${name}\`.`,
    zh: `缺少参数 \`${name}\`。`,
  };
}

export function unknownParameter(name: string): TencentFailure {
  return {
    code: 'UnknownParameter',
    en: `The parameter \`${name}\` is not recognized.`,
    zh: `未知参数 \`${name}\`。`,
  };
}

/** The vendor's wording, with the number of arrivals in the window. */
export function requestLimitExceeded(count: number, limit: number): TencentFailure {
  return {
    code: 'RequestLimitExceeded',
    en: `Your current request times equals to \`${count}\` in a second, which exceeds the frequency limit \`${limit}\` for a second`,
    zh: `您当前每秒请求 \`${count}\` 次，超过了每秒频率上限 \`${limit}\` 次。`,
  };
}
