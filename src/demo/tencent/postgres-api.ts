// Simulates the actions of TencentDB for PostgreSQL (2017-03-12).
import { createHash } from 'node:crypto';
import type { SimulatedApi } from '../simulated-api.ts';
import { listPostgres, type PostgresListing } from './postgres-list.ts';
import {
  type ListedInstance,
  type SimulatedProduct,
  startTencentServer,
  type TencentServerOptions,
} from './tencent-server.ts';

/** One TencentDB for PostgreSQL instance. */
export interface PostgresInstance extends ListedInstance, PostgresListing {
  sslEnabled: boolean;
  /** Like `connectAddress`, sent only while SSL is on, else `""`. */
  caUrl?: string;
  connectAddress?: string;
  /** Absent from the response when undefined, as for local-disk instances. */
  caCert?: string;
  /** Empty for an instance that is not encrypted at rest. */
  keys: PostgresKey[];
}

/** One KMS key of an instance; `createTime` is `YYYY-MM-DD HH:MM:SS` without a zone. */
export interface PostgresKey {
  id: string;
  alias: string;
  region: string;
  enabled: boolean;
  createTime: string;
  kmsClusterId?: string;
}

/** Options of {@link startPostgresApi}. */
export type PostgresApiOptions = TencentServerOptions<PostgresInstance>;

/** The limits per second are from the pages of the actions. */
const postgres: SimulatedProduct<PostgresInstance> = {
  service: 'postgres',
  version: '2017-03-12',
  idParameter: 'DBInstanceId',
  notFound: 'ResourceNotFound.InstanceNotFoundError',
  actions: {
    DescribeDBInstanceSSLConfig: { limit: 20, content: sslConfig },
    DescribeEncryptionKeys: { limit: 1000, content: encryptionKeys },
    DescribeDBInstances: { limit: 1000, list: listPostgres },
  },
};

/** Starts the simulation. */
export function startPostgresApi(options: PostgresApiOptions): Promise<SimulatedApi> {
  return startTencentServer(postgres, options);
}

/** https://www.tencentcloud.com/document/product/409/78804 */
function sslConfig({ sslEnabled, caUrl = '', connectAddress = '', caCert }: PostgresInstance): Record<string, unknown> {
  return {
    SSLEnabled: sslEnabled,
    CAUrl: sslEnabled ? caUrl : '',
    ConnectAddress: sslEnabled ? connectAddress : '',
    ...(caCert !== undefined && { CACert: caCert }),
  };
}

/**
 * https://www.tencentcloud.com/document/product/409/46989, whose example has a space before the KeyId, which is
 * reproduced here.
 */
function encryptionKeys({ id, keys }: PostgresInstance): Record<string, unknown> {
  return {
    EncryptionKeys: keys.map((key) => ({
      KeyId: ` ${key.id}`,
      KeyAlias: key.alias,
      // A marker that tests search for in all output of the exporter.
      DEKCipherTextBlob: `DEKCIPHER${createHash('sha512').update(`${id}/${key.id}`).digest('base64')}`,
      IsEnabled: key.enabled ? 1 : 0,
      KeyRegion: key.region,
      CreateTime: key.createTime,
      KMSClusterId: key.kmsClusterId ?? '',
    })),
  };
}
