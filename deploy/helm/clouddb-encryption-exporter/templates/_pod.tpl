{{/* The pod of the Deployment and of the StatefulSet. It satisfies the Pod Security Standard "restricted". */}}
{{- define "exporter.pod" -}}
{{- $credentials := include "exporter.credentialsSecret" . }}
{{- $web := include "exporter.webSecret" . -}}
metadata:
  labels:
    {{- toYaml (merge (include "exporter.selectorLabels" . | fromYaml) (.Values.podLabels | default dict) (.Values.commonLabels | default dict)) | nindent 4 }}
  annotations:
    kubectl.kubernetes.io/default-container: exporter
    {{- if eq .Values.credentials.as "env" }}
    {{- with .Values.credentials.secrets }}
    # Only settings that are read once, at startup, restart the pod. The exporter reloads files and configuration.
    checksum/credentials: {{ toJson . | sha256sum | quote }}
    {{- end }}
    {{- end }}
    {{- with (.Values.web.config).rate_limit }}
    # Users, headers and certificates are reloaded at run time; this is fixed at startup.
    checksum/web: {{ toJson . | sha256sum | quote }}
    {{- end }}
    {{- with .Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "exporter.serviceAccountName" . | quote }}
  # The exporter does not use the Kubernetes API. The token for CAM is a projected one, with its own audience.
  automountServiceAccountToken: false
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ int .Values.terminationGracePeriodSeconds }}
  {{- $user := dict }}
  {{- range $field := list "runAsUser" "runAsGroup" "fsGroup" }}{{/* fsGroup: the group that can read the mounted secrets */}}
  {{- with $.Values.runAsUser }}{{ $_ := set $user $field . }}{{ end }}
  {{- end }}
  securityContext:
    {{- toYaml (merge dict .Values.podSecurityContext $user) | nindent 4 }}
  {{- range $field := list "imagePullSecrets" "priorityClassName" "dnsPolicy" "dnsConfig" "hostAliases" "nodeSelector" "tolerations" "affinity" "topologySpreadConstraints" "initContainers" }}
  {{- with get $.Values $field }}
  {{- dict $field . | toYaml | nindent 2 }}
  {{- end }}
  {{- end }}
  containers:
    - name: exporter
      image: {{ include "exporter.image" . | quote }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      args:
        - --config.file=/etc/clouddb-encryption-exporter/config.yaml
        - --log.level={{ .Values.log.level }}
        - --log.format={{ .Values.log.format }}
        - --web.listen-address=:{{ .Values.port }}
        - --web.probe-listen-address=:{{ .Values.probePort }}
        {{- if $web }}
        - --web.config.file=/etc/clouddb-web/web-config.yaml
        {{- end }}
        {{- with .Values.web.externalUrl }}
        - --web.external-url={{ . }}
        {{- end }}
        {{- with .Values.web.routePrefix }}
        - --web.route-prefix={{ . }}
        {{- end }}
        {{- if gt (int .Values.shards) 1 }}
        - --shard=$(POD_INDEX)
        - --total-shards={{ .Values.shards }}
        {{- end }}
        {{- with .Values.extraArgs }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- if or (gt (int .Values.shards) 1) (include "exporter.ownToken" .) .Values.extraEnv }}
      env:
        {{- if gt (int .Values.shards) 1 }}
        - name: POD_INDEX
          valueFrom:
            fieldRef:
              fieldPath: metadata.labels['apps.kubernetes.io/pod-index']
        {{- end }}
        {{- if include "exporter.ownToken" . }}
        - name: TKE_ROLE_ARN
          value: {{ .Values.tkePodIdentity.roleArn | quote }}
        - name: TKE_PROVIDER_ID
          value: {{ .Values.tkePodIdentity.providerId | quote }}
        - name: TKE_REGION
          value: {{ .Values.tkePodIdentity.region | quote }}
        - name: TKE_WEB_IDENTITY_TOKEN_FILE
          value: /var/run/secrets/tke/token
        {{- end }}
        {{- with .Values.extraEnv }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- end }}
      {{- $ownSource := and $credentials (eq .Values.credentials.as "env") }}
      {{- if or $ownSource .Values.extraEnvFrom }}
      envFrom:
        {{- if $ownSource }}
        - secretRef:
            name: {{ $credentials | quote }}
        {{- end }}
        {{- with .Values.extraEnvFrom }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- end }}
      ports:
        - name: {{ include "exporter.scheme" . }}
          containerPort: {{ .Values.port }}
        - name: probe
          containerPort: {{ .Values.probePort }}
      startupProbe:
        {{- include "exporter.probe" (dict "root" . "path" "/-/healthy" "probe" .Values.startupProbe) | nindent 8 }}
      livenessProbe:
        {{- include "exporter.probe" (dict "root" . "path" "/-/healthy" "probe" .Values.livenessProbe) | nindent 8 }}
      readinessProbe:
        {{- include "exporter.probe" (dict "root" . "path" "/-/ready" "probe" .Values.readinessProbe) | nindent 8 }}
      {{- with .Values.resources }}
      resources:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      securityContext:
        {{- toYaml .Values.containerSecurityContext | nindent 8 }}
      # Mount folders, never single files (subPath): a single file would not follow a change of the Secret.
      volumeMounts:
        - name: config
          mountPath: /etc/clouddb-encryption-exporter
          readOnly: true
        {{- if and $credentials (eq .Values.credentials.as "files") }}
        - name: credentials
          mountPath: /etc/clouddb-credentials
          readOnly: true
        {{- end }}
        {{- if $web }}
        - name: web
          mountPath: /etc/clouddb-web
          readOnly: true
        {{- end }}
        {{- if .Values.web.tlsSecret }}
        - name: tls
          mountPath: /etc/clouddb-tls
          readOnly: true
        {{- end }}
        {{- if include "exporter.ownToken" . }}
        - name: tke-token
          mountPath: /var/run/secrets/tke
          readOnly: true
        {{- end }}
        {{- with .Values.extraVolumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    {{- with .Values.extraContainers }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  # Modes are decimal: 288 is octal 0440, which versions of YAML write differently.
  volumes:
    - name: config
      secret:
        secretName: {{ include "exporter.configSecret" . | quote }}
        defaultMode: 288
        items:
          - key: {{ .Values.existingConfigSecret.key | quote }}
            path: config.yaml
    {{- if and $credentials (eq .Values.credentials.as "files") }}
    - name: credentials
      secret:
        secretName: {{ $credentials | quote }}
        defaultMode: 288
    {{- end }}
    {{- if $web }}
    - name: web
      secret:
        secretName: {{ $web | quote }}
        defaultMode: 288
        items:
          - key: {{ .Values.web.existingSecret.key | quote }}
            path: web-config.yaml
    {{- end }}
    {{- with .Values.web.tlsSecret }}
    - name: tls
      secret:
        secretName: {{ . | quote }}
        defaultMode: 288
    {{- end }}
    {{- if include "exporter.ownToken" . }}
    - name: tke-token
      projected:
        defaultMode: 288
        sources:
          - serviceAccountToken:
              audience: {{ .Values.tkePodIdentity.audience | quote }}
              expirationSeconds: {{ int .Values.tkePodIdentity.tokenExpirationSeconds }}
              path: token
    {{- end }}
    {{- with .Values.extraVolumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end }}
