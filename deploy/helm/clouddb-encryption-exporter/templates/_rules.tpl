{{/* The rules of Prometheus with the values of the release. */}}

{{/* Days of each threshold, as text. Those of `config` are Prometheus durations. */}}
{{- define "exporter.thresholds" -}}
{{- range $name, $default := dict "certificateWarning" 30 "certificateCritical" 7 "caWarning" 180 "caCritical" 30 "keyAge" 365 }}
{{- $days := get ($.Values.prometheusRule.thresholds | default dict) $name | default $default }}
{{- with get (($.Values.config).thresholds | default dict) (snakecase $name) }}
{{- $days = divf (include "exporter.milliseconds" . | atoi) 86400000 }}
{{- end }}
{{ $name }}: {{ $days | toString | quote }}
{{- end }}
{{- end }}

{{/* What replaces each placeholder of the rule file. */}}
{{- define "exporter.ruleParameters" -}}
{{- $values := .Values.prometheusRule }}
{{- range $name, $days := include "exporter.thresholds" . | fromYaml }}
__{{ snakecase $name | upper }}_DAYS__: {{ $days | quote }}
{{- end }}
__RUNBOOK_BASE_URL__: {{ $values.runbookUrl | trimSuffix "/" | quote }}
__GRAFANA_URL__: {{ $values.grafanaUrl | default "" | trimSuffix "/" | quote }}
__EXPORTER_URL__: {{ $values.exporterUrl | default .Values.web.externalUrl | default "" | trimSuffix "/" | quote }}
{{- end }}

{{/* A rule with the settings of its alert and of its severity; empty for an alert that is disabled. Parameters: root, rule. */}}
{{- define "exporter.rule" -}}
{{- $rule := .rule }}
{{- $values := .root.Values.prometheusRule }}
{{- $enabled := true }}
{{- with $rule.alert }}
{{- $alert := get ($values.alerts | default dict) . | default dict }}
{{- $own := get $alert $rule.labels.severity | default dict }}
{{- $severity := $own.severity | default $alert.severity | default $rule.labels.severity }}
{{- $namespace := dict }}
{{- if $.root.Values.alertmanagerConfig.enabled }}
{{- $namespace = dict "namespace" (include "exporter.alertmanagerNamespace" $.root) }}
{{- end }}
{{- $labels := merge (dict "severity" $severity) ($own.labels | default dict) ($alert.labels | default dict) ($values.alertLabels | default dict) $namespace }}
{{- $annotations := merge dict ($own.annotations | default dict) ($alert.annotations | default dict) ($values.alertAnnotations | default dict) $rule.annotations }}
{{- $_ := set $rule "labels" $labels }}
{{- $_ := set $rule "annotations" $annotations }}
{{- with $own.for | default $alert.for }}
{{- $_ := set $rule "for" . }}
{{- end }}
{{- with $own.keepFiringFor | default $alert.keepFiringFor }}
{{- $_ := set $rule "keep_firing_for" . }}
{{- end }}
{{- $enabled = and (dig "enabled" true $alert) (dig "enabled" true $own) }}
{{- end }}
{{- if $enabled }}
{{- toYaml $rule }}
{{- end }}
{{- end }}

{{/* The namespace of the AlertmanagerConfig, which is what its rules match. */}}
{{- define "exporter.alertmanagerNamespace" -}}
{{- .Values.alertmanagerConfig.namespace | default (include "exporter.namespace" .) }}
{{- end }}
