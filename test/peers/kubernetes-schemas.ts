// What Kubernetes 1.31 and the Prometheus Operator take, from the Go modules that hold their schemas.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { runGo } from './helm.ts';

const clientGo = 'k8s.io/client-go@v0.31.3'; // the one that helm 3.16 is built with
const prometheusOperator = 'github.com/prometheus-operator/prometheus-operator@v0.77.2';

/** One object as it would be sent. @returns what is wrong with it: fields that do not exist, values of a wrong type */
export type Validate = (object: { apiVersion: string; kind: string }) => string[];

/** Fetches the schemas. @returns undefined where there is no Go or no network, and then the output says so */
export async function loadKubernetesSchemas(): Promise<Validate | undefined> {
  const [client, operator] = [await download(clientGo), await download(prometheusOperator)];
  if (client === undefined || operator === undefined) return undefined;
  const definitions = builtInTypes(readFileSync(join(client, 'applyconfigurations/internal/internal.go'), 'utf8'));
  const crds = join(operator, 'example/prometheus-operator-crd');
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  ajv.addSchema({ $id: 'kubernetes', definitions });
  for (const kind of ['ServiceMonitor', 'PrometheusRule', 'ScrapeConfig', 'AlertmanagerConfig']) {
    const file = join(crds, `monitoring.coreos.com_${kind.toLowerCase()}s.yaml`);
    ajv.addSchema({ $id: kind, ...strict(schemaOf(readFileSync(file, 'utf8'))) });
  }
  return (object) => {
    const { apiVersion, kind } = object;
    const [group = '', version = ''] = apiVersion.includes('/') ? apiVersion.split('/') : ['core', apiVersion];
    const name = `io.k8s.api.${group.split('.')[0]}.${version}.${kind}`;
    const validate = ajv.getSchema(name in definitions ? `kubernetes#/definitions/${name}` : kind);
    if (validate === undefined) return [`there is no ${apiVersion} ${kind}`];
    return validate(object)
      ? []
      : (validate.errors ?? []).map(
          ({ instancePath, message, params }) => `${instancePath}: ${message} ${JSON.stringify(params)}`,
        );
  };
}

/** @returns the folder of the module */
async function download(module: string): Promise<string | undefined> {
  const answer = await runGo(['mod', 'download', '-json', module]);
  return answer === undefined ? undefined : (JSON.parse(answer) as { Dir: string }).Dir;
}

/** A type in the language of structured-merge-diff. */
interface Type {
  name: string;
  namedType?: string;
  scalar?: 'string' | 'numeric' | 'boolean' | 'untyped';
  list?: { elementType: Type };
  map?: { fields?: { name: string; type: Type }[]; elementType?: Type };
}

function builtInTypes(goSource: string): Record<string, object> {
  const { types } = parse(/YAMLObject\(`(.*)`\)/s.exec(goSource)?.[1] ?? '') as { types: Type[] };
  return Object.fromEntries(types.map((type) => [type.name, jsonSchema(type)]));
}

function jsonSchema({ namedType, scalar, list, map }: Type): object {
  if (namedType !== undefined) return { $ref: `kubernetes#/definitions/${namedType}` };
  if (scalar !== undefined) return scalar === 'untyped' ? {} : { type: scalar === 'numeric' ? 'number' : scalar };
  if (list !== undefined) return { type: 'array', items: jsonSchema(list.elementType) };
  if (map?.fields === undefined)
    return { type: 'object', additionalProperties: jsonSchema(map?.elementType ?? ({ scalar: 'untyped' } as Type)) };
  const properties = Object.fromEntries(map.fields.map(({ name, type }) => [name, jsonSchema(type)]));
  return { type: 'object', properties, additionalProperties: false };
}

function schemaOf(crd: string): object {
  interface Crd {
    spec: { versions: [{ schema: { openAPIV3Schema: object } }] };
  }
  // Go's way to ignore the case, which JavaScript does not know; it stands before abort and warn.
  return (parse(crd.replaceAll('(?i)', '')) as Crd).spec.versions[0].schema.openAPIV3Schema;
}

/** The same schema, which refuses fields that it does not name; but not in the metadata, which CRDs leave open. */
function strict(schema: object): object {
  return JSON.parse(JSON.stringify(schema), (key, value: unknown) =>
    typeof value === 'object' && value !== null && 'properties' in value && key !== 'properties'
      ? { additionalProperties: false, ...value }
      : value,
  ) as object;
}
