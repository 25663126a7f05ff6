{{/* The pod of the Deployment and of the StatefulSet. It satisfies the Pod Security Standard "restricted". */}}
{{- define "exporter.pod" -}}
{{- $credentials := include "exporter.credentialsSecret" . }}
{{- $web := include "exporter.webSecret" . -}}
metadata:
  labels:
    {{- include "exporter.selectorLabels" . | nindent 4 }}
    {{- with .Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations:
    kubectl.kubernetes.io/default-container: exporter
    {{- if eq .Values.credentials.as "env" }}
    {{- with .Values.credentials.secrets }}
    # Only settings that are read once, at startup, restart the pod. The exporter reloads files and configuration.
    checksum/credentials: {{ toJson . | sha256sum }}
    {{- end }}
    {{- end }}
    {{- with .Values.web.config.rate_limit }}
    # Users, headers and certificates are reloaded at run time; this is fixed at startup.
    checksum/web: {{ toJson . | sha256sum }}
    {{- end }}
    {{- with .Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "exporter.serviceAccountName" . }}
  # The exporter does not use the Kubernetes API. The token for CAM is a projected one, with its own audience.
  automountServiceAccountToken: false
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ .Values.terminationGracePeriodSeconds }}
  securityContext:
    runAsNonRoot: true
    {{- with .Values.runAsUser }}
    runAsUser: {{ int . }}
    runAsGroup: {{ int . }}
    fsGroup: {{ int . }} # the group that can read the mounted secrets
    {{- end }}
    seccompProfile:
      type: RuntimeDefault
  {{- with .Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  containers:
    - name: exporter
      image: {{ include "exporter.image" . }}
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
      {{- if and $credentials (eq .Values.credentials.as "env") }}
      envFrom:
        - secretRef:
            name: {{ $credentials }}
      {{- end }}
      ports:
        - name: {{ include "exporter.scheme" . }}
          containerPort: {{ .Values.port }}
        - name: probe
          containerPort: {{ .Values.probePort }}
      # No probe depends on the APIs: healthy while the process runs; ready once every check has run once, successfully or
      # not, which the startup sweep does. A pod that is not ready is scraped as well (see the Service), so readiness only
      # matters for rollouts, `helm --wait` and the PodDisruptionBudget.
      # The program listens once it has read its configuration. With 10,000 instances that takes seconds, or minutes where
      # CPU is short: 5 minutes are allowed. The other probes start after the first success, so a small fleet does not wait.
      # An answer takes milliseconds of CPU at any size, but a throttled CPU can stretch that beyond the default timeout of
      # 1 s. A restart would not help, only repeat the start: the two probes that cause one have a longer timeout.
      startupProbe:
        httpGet: { path: /-/healthy, port: probe }
        periodSeconds: 2
        timeoutSeconds: 5
        failureThreshold: 150
      livenessProbe:
        httpGet: { path: /-/healthy, port: probe }
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 3
      readinessProbe:
        httpGet: { path: /-/ready, port: probe }
        periodSeconds: 5
      {{- with .Values.resources }}
      resources:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities:
          drop: [ALL]
      # Whole folders, never single files (subPath): these would not follow a change of the Secret.
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
  volumes:
    - name: config
      secret:
        secretName: {{ include "exporter.configSecret" . }}
        defaultMode: 0440
        items:
          - key: {{ .Values.existingConfigSecret.key }}
            path: config.yaml
    {{- if and $credentials (eq .Values.credentials.as "files") }}
    - name: credentials
      secret:
        secretName: {{ $credentials }}
        defaultMode: 0440
    {{- end }}
    {{- if $web }}
    - name: web
      secret:
        secretName: {{ $web }}
        defaultMode: 0440
        items:
          - key: {{ .Values.web.existingSecret.key }}
            path: web-config.yaml
    {{- end }}
    {{- with .Values.web.tlsSecret }}
    - name: tls
      secret:
        secretName: {{ . }}
        defaultMode: 0440
    {{- end }}
    {{- if include "exporter.ownToken" . }}
    - name: tke-token
      projected:
        defaultMode: 0440
        sources:
          - serviceAccountToken:
              audience: {{ .Values.tkePodIdentity.audience }}
              expirationSeconds: {{ .Values.tkePodIdentity.tokenExpirationSeconds }}
              path: token
    {{- end }}
    {{- with .Values.extraVolumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with .Values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.topologySpreadConstraints }}
  topologySpreadConstraints:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
