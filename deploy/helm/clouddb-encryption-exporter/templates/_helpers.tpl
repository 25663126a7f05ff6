{{/* Names, labels and conditions that several templates use. */}}

{{- define "exporter.name" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* At most 52 characters: a StatefulSet's pods carry its name, an ordinal and a hash in labels of 63. */}}
{{- define "exporter.fullname" -}}
{{- $name := include "exporter.name" . }}
{{- $full := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) }}
{{- .Values.fullnameOverride | default $full | trunc 52 | trimSuffix "-" }}
{{- end }}

{{- define "exporter.namespace" -}}
{{- .Values.namespaceOverride | default .Release.Namespace }}
{{- end }}

{{/* Names and labels are quoted, by toYaml where needed: a release may be named 1234, which YAML reads as a number. */}}
{{- define "exporter.selectorLabels" -}}
{{- toYaml (dict "app.kubernetes.io/name" (include "exporter.name" .) "app.kubernetes.io/instance" .Release.Name) }}
{{- end }}

{{/* Labels of each object; those of the chart win over commonLabels. */}}
{{- define "exporter.labels" -}}
{{- $labels := include "exporter.selectorLabels" . | fromYaml }}
{{- $_ := set $labels "app.kubernetes.io/version" .Chart.AppVersion }}
{{- $_ := set $labels "app.kubernetes.io/managed-by" .Release.Service }}
{{- $_ := set $labels "helm.sh/chart" (printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-") }}
{{- toYaml (merge $labels (.Values.commonLabels | default dict)) }}
{{- end }}

{{/* Metadata of an object. Parameters: root; optional suffix of the name, namespace, labels (they win), annotations. */}}
{{- define "exporter.metadata" -}}
name: {{ printf "%s%s" (include "exporter.fullname" .root) (.suffix | default "") | toYaml }}
namespace: {{ .namespace | default (include "exporter.namespace" .root) | toYaml }}
labels:
  {{- toYaml (merge dict (.labels | default dict) (include "exporter.labels" .root | fromYaml)) | nindent 2 }}
{{- with .annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "exporter.serviceAccountName" -}}
{{- .Values.serviceAccount.name | default (ternary (include "exporter.fullname" .) "default" .Values.serviceAccount.create) }}
{{- end }}

{{- define "exporter.image" -}}
{{- with (.Values.global).imageRegistry | default .Values.image.registry }}{{ . }}/{{ end }}
{{- with .Values.image }}
{{- .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end }}
{{- end }}

{{- define "exporter.configSecret" -}}
{{- .Values.existingConfigSecret.name | default (printf "%s-config" (include "exporter.fullname" .)) }}
{{- end }}

{{/* Name of the Secret with credentials; empty without one. */}}
{{- define "exporter.credentialsSecret" -}}
{{- if .Values.credentials.secrets }}{{ include "exporter.fullname" . }}-credentials{{ else }}{{ .Values.credentials.existingSecret | default "" }}{{ end }}
{{- end }}

{{/* Name of the Secret with the web configuration; empty without one. */}}
{{- define "exporter.webSecret" -}}
{{- if or .Values.web.config (and .Values.web.tlsSecret (not .Values.web.existingSecret.name)) }}{{ include "exporter.fullname" . }}-web{{ else }}{{ .Values.web.existingSecret.name | default "" }}{{ end }}
{{- end }}

{{/* Path of web.externalUrl without a slash at the end; empty for the root. */}}
{{- define "exporter.externalPath" -}}
{{- (urlParse (.Values.web.externalUrl | default "")).path | trimSuffix "/" }}
{{- end }}

{{/* Prefix of all paths, such as /clouddb; empty without one. As the program derives it from its flags. */}}
{{- define "exporter.routePrefix" -}}
{{- with .Values.web.routePrefix | default (include "exporter.externalPath" .) | trimAll "/" }}/{{ . }}{{ end }}
{{- end }}

{{/* A probe. Parameters: root, path, and the values of the probe, which may include their own handler. */}}
{{- define "exporter.probe" -}}
{{- $default := dict "httpGet" (dict "path" (printf "%s%s" (include "exporter.routePrefix" .root) .path) "port" "probe") }}
{{- range $handler := list "exec" "tcpSocket" "grpc" }}
{{- if hasKey $.probe $handler }}{{ $default = dict }}{{ end }}
{{- end }}
{{- toYaml (merge dict .probe $default) }}
{{- end }}

{{- define "exporter.scheme" -}}
{{- $tls := (.Values.web.config).tls_server_config | default dict }}
{{- $own := or $tls.cert $tls.cert_file $tls.key $tls.key_file }}
{{- if or .Values.web.tlsSecret .Values.web.existingSecret.tls $own }}https{{ else }}http{{ end }}
{{- end }}

{{/* The chart, and not TKE's webhook, provides the token of the pod. */}}
{{- define "exporter.ownToken" -}}
{{- with .Values.tkePodIdentity }}{{ if and .roleArn .providerId }}true{{ end }}{{ end }}
{{- end }}

{{/* Milliseconds of a Prometheus duration such as 1m30s. */}}
{{- define "exporter.milliseconds" -}}
{{- $units := dict "ms" 1 "s" 1000 "m" 60000 "h" 3600000 "d" 86400000 "w" 604800000 "y" 31536000000 }}
{{- $sum := 0 }}
{{- range regexFindAll "[0-9]+[a-z]+" . -1 }}
{{- $sum = add $sum (mul (regexFind "[0-9]+" . | atoi) (get $units (regexFind "[a-z]+" .))) }}
{{- end }}
{{- $sum }}
{{- end }}
