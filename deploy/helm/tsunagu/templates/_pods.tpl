{{/* A process counts as started once it was ready, so that an update waits for it. From then on a door stays open as
     long as it lives: it takes orders also while Kafka is away. The others are ready when they can do their work. */}}
{{- define "tsunagu.probes" -}}
startupProbe:
  httpGet: {path: /readyz, port: operators}
  periodSeconds: 5
  timeoutSeconds: 3
  failureThreshold: {{ div (int .values.startSecondsMax) 5 }}
readinessProbe:
  httpGet: {path: {{ if .service.public }}/livez{{ else }}/readyz{{ end }}, port: operators}
  periodSeconds: 5
  timeoutSeconds: 3
  failureThreshold: 3
livenessProbe:
  httpGet: {path: /livez, port: operators}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
{{- end }}

{{/* The URL of a database without its password: (dict "role" … "database" … "name" …). */}}
{{- define "tsunagu.databaseUrl" -}}
postgresql://{{ .role }}{{ with .password }}:$({{ . }}){{ end }}@{{ .name }}-rw:5432/{{ .database }}?sslmode=verify-full&sslrootcert=/etc/tsunagu/access/{{ .name }}.crt
{{- end }}

{{- define "tsunagu.environment" -}}
{{- $service := .service }}
- {name: TSUNAGU_KAFKA_BOOTSTRAP_SERVERS, value: {{ include "tsunagu.bootstrap" .root | quote }}}
- {name: TSUNAGU_KAFKA_USERNAME, value: {{ .service.name }}}
- {name: TSUNAGU_KAFKA_PASSWORD_FILE, value: /etc/tsunagu/access/kafka-password}
- {name: TSUNAGU_KAFKA_TLS, value: "true"}
- {name: TSUNAGU_KAFKA_CA_FILE, value: /etc/tsunagu/access/kafka-ca.crt}
{{- if .service.readsAllDatabases }}
# Two roles, each told by its URL: this process has no file of a password for either.
- name: OWN_DATABASE_PASSWORD
  valueFrom: {secretKeyRef: {name: {{ .service.database }}-app, key: password}}
- name: AUDIT_DATABASE_PASSWORD
  valueFrom: {secretKeyRef: {name: {{ include "tsunagu.rolePassword" (dict "root" .root "role" .system.auditRole) }}, key: password}}
- name: TSUNAGU_DATABASE_URL
  value: {{ include "tsunagu.databaseUrl" (dict "role" .service.role "password" "OWN_DATABASE_PASSWORD" "database" .service.databaseName "name" .service.database) | quote }}
{{- $role := .system.auditRole }}
{{- range .system.databases }}
{{- if .audited }}
- name: TSUNAGU_AUDIT_DATABASE_URL_{{ .variableSuffix }}
  value: {{ include "tsunagu.databaseUrl" (dict "role" $role "password" "AUDIT_DATABASE_PASSWORD" "database" .database "name" .name) | quote }}
{{- end }}
{{- end }}
{{- else }}
- name: TSUNAGU_DATABASE_URL
  value: {{ include "tsunagu.databaseUrl" (dict "role" .service.role "database" .service.databaseName "name" .service.database) | quote }}
- {name: TSUNAGU_DATABASE_PASSWORD_FILE, value: /etc/tsunagu/access/database-password}
- {name: TSUNAGU_DATABASE_SCHEMA, value: {{ .service.schema }}}
{{- end }}
{{- range $name, $value := mergeOverwrite (deepCopy .root.Values.settings) (.values.settings | default dict) }}
- {name: {{ $name }}, value: {{ $value | quote }}}
{{- end }}
{{- range $name, $secret := .values.secretSettings }}
- name: {{ $name }}
  valueFrom: {secretKeyRef: {name: {{ $secret.name }}, key: {{ $secret.key }}}}
{{- end }}
{{- range $name, $file := merge (dict) (.values.secretFiles | default dict) (.values.configFiles | default dict) }}
- {name: {{ $name }}, value: /etc/tsunagu/files/{{ $name }}}
{{- end }}
{{- end }}

{{/* What a pod reads: one folder of what lets it in, one of its own files. */}}
{{- define "tsunagu.volumes" -}}
{{- $service := .service }}
- name: access
  projected:
    defaultMode: 0440
    sources:
      - secret:
          name: kafka-{{ .service.name }}
          items: [{key: password, path: kafka-password}]
      - secret:
          name: {{ .root.Values.kafka.clusterName }}-cluster-ca-cert
          items: [{key: ca.crt, path: kafka-ca.crt}]
      {{- if not .service.readsAllDatabases }}
      - secret:
          name: {{ include "tsunagu.passwordSecret" . }}
          items: [{key: password, path: database-password}]
      {{- end }}
      {{- range .system.databases }}
      {{- if or $service.readsAllDatabases (eq .name $service.database) }}
      - secret:
          name: {{ .name }}-ca
          items: [{key: ca.crt, path: {{ .name }}.crt}]
      {{- end }}
      {{- end }}
{{- if or .values.secretFiles .values.configFiles }}
- name: files
  projected:
    defaultMode: 0440
    sources:
      {{- range $name, $file := .values.secretFiles }}
      - secret:
          name: {{ $file.name }}
          items: [{key: {{ $file.key }}, path: {{ $name }}}]
      {{- end }}
      {{- range $name, $file := .values.configFiles }}
      - configMap:
          name: {{ $file.name }}
          items: [{key: {{ $file.key }}, path: {{ $name }}}]
      {{- end }}
{{- end }}
{{- end }}

{{/* Where the password of a service's role is: CloudNativePG's own Secret for who owns the database, else an existing one. */}}
{{- define "tsunagu.passwordSecret" -}}
{{- $service := .service -}}
{{- range .system.databases -}}
{{- if eq .name $service.database -}}
{{- if eq .owner $service.role -}}
{{ .name }}-app
{{- else -}}
{{ include "tsunagu.rolePassword" (dict "root" $.root "role" $service.role) }}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end }}
