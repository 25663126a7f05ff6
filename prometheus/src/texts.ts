// Parts of the texts of alerts, as Prometheus templates.

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
export function lastKnown(family: string, advice = '', labels: readonly string[] = []): string {
  const common = ['provider', 'account', 'cloud_region', 'instance_id', ...labels];
  const query = `(query (printf "${family}{${common.map((label) => `${label}=%q`).join()}}" ${common.map((label) => `$labels.${label}`).join(' ')}))`;
  return `{{ if not ${query} }} This is what was last known: there is no current result.${advice}{{ end }}`;
}

/** The time until or since now. The value is in seconds. */
export const timeLeft =
  '{{ if gt $value 0.0 }}expires in {{ $value | humanizeDuration }}{{ else }}expired {{ $value | humanizeDuration | reReplaceAll "^-" "" }} ago{{ end }}';
