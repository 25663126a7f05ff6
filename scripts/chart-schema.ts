// The JSON Schema of the Helm chart's values; `config` and `web.config` have the schemas of the program.
import * as z from 'zod';
import { logFormats, logLevels } from '../src/commands/logger.ts';
import { configJsonSchema } from '../src/config/json-schema.ts';
import { providers } from '../src/providers/index.ts';
import { webConfigSchema } from '../src/web-config/schema.ts';
import { type Alerts, monitoringValues } from './chart-monitoring-schema.ts';
import { dnsName, named, objects, open, part, port, registry, secretKey, text, texts, whole } from './chart-types.ts';

type Json = Record<string, unknown>;

/** The exporter: configuration, credentials, web surface, log. */
const exporterValues = {
  global: z.looseObject({ imageRegistry: registry.optional() }),
  config: z.looseObject({}),
  existingConfigSecret: part({ name: dnsName, key: secretKey }),
  credentials: part({
    existingSecret: dnsName,
    secrets: z.record(secretKey, text.min(1)),
    as: z.enum(['files', 'env']),
  }),
  tkePodIdentity: part({
    roleArn: text.regex(/^(qcs::cam::uin\/[0-9]+:(role|roleName)\/.+)?$/),
    audience: text.min(1),
    tokenExpirationSeconds: z.int().min(600).max(86_400),
    providerId: text,
    region: text,
  }),
  shards: whole.max(1000),
  port,
  probePort: port,
  web: part({
    externalUrl: text.regex(/^(https?:\/\/[^/?#@\s"']+)?(\/[\w.~-]+)*\/?$/),
    routePrefix: text.regex(/^\/?([\w.~-]+\/)*([\w.~-]+)?$/),
    config: webConfigSchema,
    existingSecret: part({ name: dnsName, key: secretKey, tls: z.boolean() }),
    tlsSecret: dnsName,
  }),
  log: part({ level: z.enum(logLevels), format: z.enum(logFormats) }),
};

/** The pod and what is around it. */
const podValues = {
  image: part({
    registry,
    repository: text.regex(/^[a-z0-9][a-z0-9._:/-]*$/),
    tag: text.regex(/^([A-Za-z0-9_][\w.-]{0,127})?$/),
    digest: text.regex(/^(sha256:[0-9a-f]{64})?$/),
    pullPolicy: z.enum(['Always', 'IfNotPresent', 'Never']),
  }),
  imagePullSecrets: z.array(z.strictObject({ name: dnsName })),
  nameOverride: dnsName,
  fullnameOverride: dnsName,
  namespaceOverride: dnsName,
  commonLabels: texts,
  annotations: texts,
  serviceAccount: part({ create: z.boolean(), name: dnsName, annotations: texts }),
  runAsUser: whole,
  podSecurityContext: open,
  containerSecurityContext: open,
  startupProbe: open,
  livenessProbe: open,
  readinessProbe: open,
  strategy: open,
  revisionHistoryLimit: z.int().min(0),
  resources: part({
    requests: z.record(text, z.union([text, z.number()])),
    limits: z.record(text, z.union([text, z.number()])),
  }),
  extraArgs: z.array(text.regex(/^--[a-z]/)),
  extraEnv: z.array(
    z.strictObject({ name: text.min(1), value: text.optional(), valueFrom: z.looseObject({}).optional() }),
  ),
  extraEnvFrom: objects,
  initContainers: z.array(named),
  extraContainers: z.array(named),
  extraVolumes: z.array(named),
  extraVolumeMounts: z.array(named.extend({ mountPath: text.min(1) })),
  podAnnotations: texts,
  podLabels: texts,
  nodeSelector: texts,
  tolerations: objects,
  affinity: z.looseObject({}),
  topologySpreadConstraints: objects,
  priorityClassName: dnsName,
  dnsPolicy: z.enum(['', 'ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None']),
  dnsConfig: open,
  hostAliases: objects,
  terminationGracePeriodSeconds: z.int().min(0),
  service: part({
    type: z.enum(['ClusterIP', 'NodePort', 'LoadBalancer']),
    labels: texts,
    annotations: texts,
    ipFamilyPolicy: z.enum(['', 'SingleStack', 'PreferDualStack', 'RequireDualStack']),
    ipFamilies: z.array(z.enum(['IPv4', 'IPv6'])),
  }),
  ingress: part({
    enabled: z.boolean(),
    className: text,
    labels: texts,
    annotations: texts,
    hosts: z.array(
      z.strictObject({
        host: text.min(1),
        paths: z
          .array(
            z.strictObject({
              path: text.regex(/^\//),
              pathType: z.enum(['Exact', 'Prefix', 'ImplementationSpecific']).optional(),
            }),
          )
          .optional(),
      }),
    ),
    tls: objects,
  }),
  extraManifests: z.array(z.union([text.min(1), z.looseObject({})])),
  podDisruptionBudget: part({
    enabled: z.boolean(),
    maxUnavailable: z.union([z.int().min(0), text.regex(/^[0-9]+%$/)]),
  }),
  networkPolicy: part({
    enabled: z.boolean(),
    scrapeFrom: objects.min(1),
    https: z.boolean(),
    metadata: z.boolean(),
    extraEgress: objects,
  }),
};

const valuesSchema = (alerts: Alerts) => part({ ...exporterValues, ...monitoringValues(alerts), ...podValues });

/** The schema of all values. */
export function chartValuesSchema(alerts: Alerts): Json {
  const schema = z.toJSONSchema(valuesSchema(alerts), { io: 'input', target: 'draft-7' }) as { properties: Json };
  const config = { type: 'object', ...given({ minProperties: 1 }, forHelm(configJsonSchema(providers))) };
  return {
    title: 'Values of the Helm chart clouddb-encryption-exporter',
    ...schema,
    properties: { ...schema.properties, config },
  };
}

/**
 * The schema of the configuration, adapted to Helm: regular expressions of Go have no look-ahead, and an account is
 * validated by the schema of its provider alone, so that the other schemas add no errors.
 */
function forHelm(schema: Json): Json {
  const whole = JSON.parse(JSON.stringify(schema), (key, value: unknown) => {
    if (key === '$schema') return undefined; // only at the top
    return isDuration(value) ? { ...value, minLength: 1, pattern: value.pattern.replace('(?!$)', '') } : value;
  }) as { properties: { accounts: { additionalProperties: { anyOf: ProviderSchema[] } } } };
  const { anyOf: accounts } = whole.properties.accounts.additionalProperties;
  const account = {
    type: 'object',
    required: ['provider'],
    properties: { provider: { enum: accounts.map(({ properties }) => properties.provider.const) } },
    allOf: accounts.map((one) =>
      given({ required: ['provider'], properties: { provider: one.properties.provider } }, one),
    ),
  };
  return {
    ...whole,
    properties: {
      ...whole.properties,
      accounts: { ...whole.properties.accounts, additionalProperties: account },
    },
  };
}

function given(condition: Json, consequence: object): Json {
  // oxlint-disable-next-line unicorn/no-thenable -- the word of JSON Schema
  return { if: condition, then: consequence };
}

interface ProviderSchema {
  properties: { provider: { const: string } };
}

function isDuration(value: unknown): value is { pattern: string } {
  return typeof value === 'object' && value !== null && 'pattern' in value && String(value.pattern).includes('(?!$)');
}
