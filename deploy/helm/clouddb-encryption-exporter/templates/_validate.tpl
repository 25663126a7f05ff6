{{/* Rules beyond the schema: values that require or exclude each other, and nulls. Each message names the key. */}}

{{/* Every template includes this first: helm renders templates in any order, and another one would fail with an obscure message. */}}
{{- define "exporter.refuseNulls" -}}
{{- include "exporter.refuseNullsIn" (dict "defaults" (.Files.Get "files/defaults.yaml" | fromYaml) "values" .Values "path" "") }}
{{- end }}

{{/* A null removes a default, and with it what the default closes. Parameters: defaults, values, and their path. */}}
{{- define "exporter.refuseNullsIn" -}}
{{- range $key, $default := .defaults }}
{{- $path := printf "%s%s" $.path $key }}
{{- if and (or $default (kindIs "bool" $default)) (ne $path "runAsUser") }}
{{- $value := get $.values $key }}
{{- if not (hasKey $.values $key) }}
{{- fail (printf "%s: is null, which would remove the default; remove this line, or set a value" $path) }}
{{- end }}
{{- if and (kindIs "map" $default) (not (regexMatch "^resources$|abels$" $path)) }}
{{- include "exporter.refuseNullsIn" (dict "defaults" $default "values" $value "path" (printf "%s." $path)) }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- define "exporter.validate" -}}
{{- with .Values }}
{{- if and (not .config) (not .existingConfigSecret.name) }}
{{- fail "config: give the accounts and instances to watch, or existingConfigSecret.name: a Secret that contains them; README.md of the chart shows both" }}
{{- end }}
{{- if and .config .existingConfigSecret.name }}
{{- fail "existingConfigSecret.name: config is also set; set only one of them" }}
{{- end }}
{{- with .config }}
{{- range $name, $account := .accounts }}
{{- $given := dict }}
{{- range $key := keys $account | sortAlpha }}
{{- $secret := regexReplaceAll "_(env|file)$" $key "" }}
{{- if hasKey $given $secret }}
{{- fail (printf "config.accounts.%s.%s: %s is also set; set only one of them" $name $key (get $given $secret)) }}
{{- end }}
{{- $_ := set $given $secret $key }}
{{- end }}
{{- end }}
{{- $accounts := keys .accounts | sortAlpha }}
{{- range $index, $instance := .instances }}
{{- if and (not (hasKey $instance "account")) (ne (len $accounts) 1) }}
{{- fail (printf "config.instances.%d: account is required unless there is exactly one account (there are %d)" $index (len $accounts)) }}
{{- end }}
{{- if and (hasKey $instance "account") (not (has $instance.account $accounts)) }}
{{- fail (printf "config.instances.%d.account: no such account; configured: %s" $index (join ", " $accounts | default "none")) }}
{{- end }}
{{- end }}
{{- end }}
{{- if and .credentials.secrets .credentials.existingSecret }}
{{- fail "credentials.existingSecret: credentials.secrets is also set; set only one of them" }}
{{- end }}
{{- if eq .credentials.as "env" }}
{{- range $name := keys .credentials.secrets | sortAlpha }}
{{- if not (regexMatch "^[A-Za-z_][A-Za-z0-9_]*$" $name) }}
{{- fail (printf "credentials.secrets: with credentials.as env each key must be the name of an environment variable, which %q is not" $name) }}
{{- end }}
{{- end }}
{{- end }}
{{- with .tkePodIdentity }}
{{- if ne (empty .providerId) (empty .region) }}
{{- fail "tkePodIdentity: providerId and region belong together; set both if TKE's webhook is not installed, otherwise none" }}
{{- end }}
{{- if and .providerId (not .roleArn) }}
{{- fail "tkePodIdentity.roleArn: is required with providerId and region" }}
{{- end }}
{{- end }}
{{- if and .tkePodIdentity.roleArn (not .serviceAccount.create) (not .tkePodIdentity.providerId) }}
{{- fail "tkePodIdentity.roleArn: annotates a service account that the chart creates; with serviceAccount.create false, annotate your own" }}
{{- end }}
{{- if and .web.config .web.existingSecret.name }}
{{- fail "web.existingSecret.name: web.config is also set; set only one of them" }}
{{- end }}
{{- if and .web.existingSecret.tls (not .web.existingSecret.name) }}
{{- fail "web.existingSecret.tls: has no effect without web.existingSecret.name; to serve HTTPS, set web.tlsSecret" }}
{{- end }}
{{- $tls := (.web.config).tls_server_config | default dict }}
{{- if and .web.tlsSecret (or $tls.cert $tls.cert_file $tls.key $tls.key_file) }}
{{- fail "web.tlsSecret: web.config.tls_server_config also has a certificate or key; set only one of them" }}
{{- end }}
{{- range $user, $hash := (.web.config).basic_auth_users }}
{{- if not (regexMatch "^[$]2[a-z]?[$][0-9]{2}[$].{53}" $hash) }}
{{- fail (printf "web.config.basic_auth_users: the value for %q is not a bcrypt hash, which begins with $2; create one with: htpasswd -nBC 10 USER" $user) }}
{{- end }}
{{- end }}
{{- if eq (int .port) (int .probePort) }}
{{- fail "probePort: is the same as port; probes need their own port" }}
{{- end }}
{{- if .serviceMonitor.enabled }}
{{- with .serviceMonitor }}
{{- if gt (include "exporter.milliseconds" .scrapeTimeout | atoi) (include "exporter.milliseconds" .interval | atoi) }}
{{- fail (printf "serviceMonitor.scrapeTimeout: %s is longer than serviceMonitor.interval, %s, and the Prometheus Operator ignores such a ServiceMonitor; set scrapeTimeout to at most interval" .scrapeTimeout .interval) }}
{{- end }}
{{- end }}
{{- if and (eq (include "exporter.scheme" $) "https") (not .serviceMonitor.tlsConfig) }}
{{- fail "serviceMonitor.tlsConfig: the exporter serves HTTPS: set how Prometheus verifies it, ca and serverName, or insecureSkipVerify" }}
{{- end }}
{{- if and (.web.config).basic_auth_users (not .serviceMonitor.basicAuth) }}
{{- fail "serviceMonitor.basicAuth: the exporter requires a password (web.config.basic_auth_users): set the Secret with the user name and password for Prometheus" }}
{{- end }}
{{- end }}
{{- if and .config .prometheusRule.thresholds }}
{{- fail "prometheusRule.thresholds: only with existingConfigSecret; set config.thresholds, which the exporter and its rules share" }}
{{- end }}
{{- $days := include "exporter.thresholds" $ | fromYaml }}
{{- range $kind := list "certificate" "ca" }}
{{- if lt (get $days (printf "%sWarning" $kind) | float64) (get $days (printf "%sCritical" $kind) | float64) }}
{{- fail (printf "%s: a %s certificate would be critical (%s days) before it is a warning (%s days); set a longer time for the warning" (ternary "config.thresholds" "prometheusRule.thresholds" (not (empty $.Values.config))) (ternary "CA" "server" (eq $kind "ca")) (get $days (printf "%sCritical" $kind)) (get $days (printf "%sWarning" $kind))) }}
{{- end }}
{{- end }}
{{- if and (gt (int .shards) 1) (semverCompare "<1.28.0-0" $.Capabilities.KubeVersion.Version) }}
{{- fail (printf "shards: more than 1 needs Kubernetes 1.28 or later (this is %s), where a pod knows its index; before that, install one release for each part of the instances" $.Capabilities.KubeVersion.Version) }}
{{- end }}
{{- range .extraArgs }}
{{- $flag := regexFind "^--[a-z.-]+" . }}
{{- $value := get (dict "--config.file" "config" "--log.level" "log.level" "--log.format" "log.format" "--web.listen-address" "port" "--web.probe-listen-address" "probePort" "--web.telemetry-path" "no value: /metrics it is" "--web.config.file" "web" "--web.external-url" "web.externalUrl" "--web.route-prefix" "web.routePrefix" "--shard" "shards" "--total-shards" "shards") $flag }}
{{- if $value }}
{{- fail (printf "extraArgs: %s is set by the chart; the value for it is %s" $flag $value) }}
{{- end }}
{{- end }}
{{- range $label := include "exporter.selectorLabels" $ | fromYaml | keys | sortAlpha }}
{{- range $labels := list "podLabels" "commonLabels" }}
{{- if hasKey (get $.Values $labels | default dict) $label }}
{{- fail (printf "%s: %s is set by the chart, whose Service selects its pods by it; remove this label, or change nameOverride or the name of the release" $labels $label) }}
{{- end }}
{{- end }}
{{- end }}
{{- range $annotation := list "checksum/credentials" "checksum/web" "kubectl.kubernetes.io/default-container" }}
{{- if hasKey ($.Values.podAnnotations | default dict) $annotation }}
{{- fail (printf "podAnnotations: %s is set by the chart; remove it" $annotation) }}
{{- end }}
{{- end }}
{{- $pod := (include "exporter.pod" $ | fromYaml).spec }}
{{- $container := first $pod.containers }}
{{- range $given := list (list "extraEnv" "name" $container.env) (list "extraVolumes" "name" $pod.volumes) (list "extraVolumeMounts" "mountPath" $container.volumeMounts) }}
{{- $field := index $given 1 }}
{{- $seen := dict }}
{{- range $entry := index $given 2 }}
{{- $name := get $entry $field | trimSuffix "/" }}
{{- if hasKey $seen $name }}
{{- fail (printf "%s: %s %q is a duplicate, or set by the chart itself; remove it, or choose another" (first $given) $field $name) }}
{{- end }}
{{- $_ := set $seen $name true }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
