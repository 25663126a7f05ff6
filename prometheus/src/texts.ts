// Parts of the texts of alerts, as Prometheus templates.

/** The name of an instance. */
export const name = '{{ or $labels.instance_name $labels.instance_id }}';

/** The account of an alert. */
export const account = '{{ $labels.provider }} account {{ $labels.account }}';

/** An instance with all that helps to find it and its owner. */
export const instance = `${name} ({{ $labels.instance_id }}, ${account}{{ with $labels.cloud_region }}, region {{ . }}{{ end }}{{ with $labels.team }}, team {{ . }}{{ end }})`;

/** The same of an exporter. */
export const exporter = '{{ $labels.instance }}{{ with $labels.job }} of job {{ . }}{{ end }}';

/** A sentence where the family has no series of the instance at present. @param matchers further ones */
export const lastKnown = (family: string) =>
  `{{ if not (query (printf "${family}{provider=%q,account=%q,cloud_region=%q,instance_id=%q}" $labels.provider $labels.account $labels.cloud_region $labels.instance_id)) }} This is what was last known: there is no current result.{{ end }}`;

/** The time until or since now. The value is in seconds. */
export const timeLeft =
  '{{ if gt $value 0.0 }}expires in {{ $value | humanizeDuration }}{{ else }}expired {{ $value | humanizeDuration | reReplaceAll "^-" "" }} ago{{ end }}';
