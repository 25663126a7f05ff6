// Parts of the texts of alerts, as Prometheus templates.
import { identity } from './promql.ts';

/** The name of an instance. */
export const name = '{{ or $labels.instance_name $labels.instance_id }}';

/** The account of an alert. */
export const account = '{{ $labels.provider }} account {{ $labels.account }}';

/** An instance with all that helps to find it and its owner. */
export const instance = `${name} ({{ $labels.instance_id }}, ${account}{{ with $labels.cloud_region }}, region {{ . }}{{ end }}{{ with $labels.team }}, team {{ . }}{{ end }})`;

/** The same of an exporter. */
export const exporter = '{{ $labels.instance }}{{ with $labels.job }} of job {{ . }}{{ end }}';

/**
 * A sentence where the family has no series of the instance at present.
 * @param advice a further one
 * @param labels further labels that the series has in common with the alert
 */
export function lastKnownNote(family: string, advice = '', labels: readonly string[] = []): string {
  return `{{ if not ${queryOf((of) => `${family}${of}`, labels)} }} This is what was last known: there is no current result.${advice}{{ end }}`;
}

/** The tenants of the instance that are not encrypted at rest, five at most; empty where it has none. */
export const unencryptedTenants = `{{ range $index, $tenant := ${queryOf((of) => `topk(5, tenant:clouddb_tenant_at_rest_encryption_enabled:last${of} == 0)`)} }}{{ if $index }}, {{ else }}: {{ end }}tenant {{ or $tenant.Labels.tenant_name $tenant.Labels.tenant_id }}{{ end }}`;

/** A query for the instance of the alert. @param expression for the matchers in braces @param labels further ones */
function queryOf(expression: (of: string) => string, labels: readonly string[] = []): string {
  const common = [...identity.split(', '), ...labels];
  const of = `{${common.map((label) => `${label}=%q`).join()}}`;
  return `(query (printf "${expression(of)}" ${common.map((label) => `$labels.${label}`).join(' ')}))`;
}

/** The time until or since now. The value is in seconds. */
export const timeLeft =
  '{{ if gt $value 0.0 }}expires in {{ $value | humanizeDuration }}{{ else }}expired {{ $value | humanizeDuration | reReplaceAll "^-" "" }} ago{{ end }}';
