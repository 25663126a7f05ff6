// The role that an account assumes with its own credentials: `assume_role`, and STS AssumeRole.
import * as z from 'zod';
import {
  type AssumedRole,
  type Credentials,
  type CredentialTools,
  type FindCredentials,
  type FoundCredentials,
  sameCredentials,
} from '../../model/credentials.ts';
import { durationSchema } from '../../model/duration.ts';
import { Failure, type Reason } from '../../model/failure.ts';
import type { HttpResponse } from '../../model/http.ts';
import { programName } from '../../model/program-name.ts';
import { cacheTemporary, type FreshCredentials } from './cached-credentials.ts';
import { type CallAction, createClient, type Product } from './client.ts';
import { readTemporary } from './temporary-response.ts';

/** Name of the sessions of the exporter in the audit log of the cloud. */
export const defaultSessionName = programName;

const name = String.raw`[\w+=,.@-]{1,128}`;
const id = String.raw`\d{1,32}`;
const service = 'tencentcloudServiceRole';
/**
 * The forms of RoleArn, by id and by name, of own roles and of service roles
 * (https://www.tencentcloud.com/document/product/1150/49456).
 */
const roleArn = new RegExp(
  `^qcs::cam::uin/${id}:(?:role/(?:${service}/)?${id}|roleName/${name}|role/${service}Name/${name})$`,
);

const maxHours = 12;

/**
 * `assume_role:`; the limits are those of AssumeRole (https://www.tencentcloud.com/document/product/1150/49456). The
 * duration becomes milliseconds.
 */
export const assumedRoleSchema = z
  .strictObject({
    role_arn: z
      .string()
      .regex(roleArn, 'must be a role such as qcs::cam::uin/100000000001:roleName/NAME, as the CAM console shows it')
      .meta({
        description: 'Resource description of the role, as the CAM console shows it.',
        examples: ['qcs::cam::uin/100000000001:roleName/encryption-reader'],
      }),
    session_name: z
      .string()
      .regex(/^[\w+=,.@-]{2,128}$/, 'must have 2 to 128 characters: letters, digits or _ + = , . @ -')
      .default(defaultSessionName)
      .describe('Name of the session in the audit log of the cloud.'),
    duration: durationSchema
      .refine(
        (ms) => ms % 1000 === 0 && ms >= 1000 && ms <= maxHours * 3_600_000,
        `must be whole seconds, from 1s to ${maxHours}h`,
      )
      .prefault('2h')
      .describe(`Lifetime of the temporary credentials, at most ${maxHours}h and that of the role.`),
  })
  .optional()
  .describe('Role that the account assumes with its own credentials; its temporary credentials call the API.');

type RoleSettings = NonNullable<z.output<typeof assumedRoleSchema>>;

const sts: Product = {
  service: 'sts',
  version: '2018-08-13',
  reasons: { 'InvalidParameter.OverLimit': 'rate_limited', 'InternalError.IllegalRole': 'rejected' },
};

/** AssumeRole requires a region and is the same in all of them: that of the vendor's SDKs. */
const region = 'ap-guangzhou';

/** What to do about a refused call. Of the other reasons, only these say more than that there are no credentials. */
const advice: Partial<Record<Reason, string>> = {
  auth: '; check the key of the account, and that sts_endpoint is that of its site',
  permission: '; allow the key sts:AssumeRole on this role, and name the account of the key in its trust policy',
  credentials: '; check role_arn, session_name and duration in assume_role',
  rate_limited: '',
  timeout: '',
  network: '',
  unavailable: '',
  bad_response: '',
};

/**
 * The role of an account: its credentials are requested once for their lifetime, and again when the key of the account
 * has been replaced by another.
 * @param endpoint origin of the STS
 */
export function assumedRole(settings: RoleSettings, endpoint: string): AssumedRole {
  const { role_arn, session_name, duration: lifetimeMs } = settings;
  return {
    id: role_arn,
    description: `${role_arn}, as session ${session_name}, for ${lifetimeMs / 1000} s, from ${new URL(endpoint).host}`,
    assume: (own, tools) => assume({ settings, endpoint, own }, tools),
  };
}

interface Assumption {
  settings: RoleSettings;
  endpoint: string;
  /** Finds the credentials of the account itself. */
  own: FindCredentials;
}

function assume(assumption: Assumption, tools: CredentialTools): FindCredentials {
  const call = createClient(sts, () => new URL(assumption.endpoint), tools.now);
  const source = `role ${assumption.settings.role_arn}`;
  let own: FoundCredentials | Failure;
  const open = () => cacheTemporary(source, () => requestCredentials(assumption, own, call, tools), tools);
  let find = open();
  /** The permanent key that the current credentials of the role were requested with. */
  let key: Credentials | undefined;

  return async (refused) => {
    own = await outcomeOf(assumption.own());
    if (!(own instanceof Failure) && own.expiresAtSeconds === undefined && !sameCredentials(own.values, key)) {
      key = own.values;
      find = open();
    }
    const { failure, ...found } = await find(refused);
    // A key that cannot be read is reported at once, not when the credentials of the role expire.
    if (own instanceof Failure) return { ...found, failure: failure ?? own };
    return { ...found, failure: failure ?? own.failure, ...(own.warning !== undefined && { warning: own.warning }) };
  };
}

async function outcomeOf(search: Promise<FoundCredentials>): Promise<FoundCredentials | Failure> {
  try {
    return await search;
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

/** STS AssumeRole (2018-08-13), signed with the credentials of the account. @throws {Failure} */
async function requestCredentials(
  { settings, endpoint, own }: Assumption,
  found: FoundCredentials | Failure,
  call: CallAction,
  tools: CredentialTools,
): Promise<FreshCredentials> {
  if (found instanceof Failure) throw found;
  let credentials = found.values;
  let headers: HttpResponse['headers'] = {};
  const { role_arn: RoleArn, session_name: RoleSessionName, duration: lifetimeMs } = settings;
  const parameters = { RoleArn, RoleSessionName, DurationSeconds: lifetimeMs / 1000 };
  try {
    const fields = await call('AssumeRole', parameters, {
      instance: { region },
      get credentials() {
        return credentials;
      },
      async replaceCredentials(refused) {
        credentials = (await own(refused)).values;
        return !sameCredentials(refused, credentials);
      },
      async send(prepare) {
        const response = await tools.send(prepare());
        ({ headers } = response);
        return response;
      },
    });
    return readTemporary(fields['Credentials'], fields, { headers }, tools.now);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const reason = error.reason in advice ? error.reason : 'credentials';
    const message = `role ${RoleArn}, STS at ${new URL(endpoint).host}: ${error.message}${advice[reason]}`;
    throw new Failure(reason, message, { retryAfterMs: error.retryAfterMs, cause: error });
  }
}
