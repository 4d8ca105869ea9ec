{{/* Labels of everything; with "component" of what belongs to one service. */}}
{{- define "tsunagu.labels" -}}
app.kubernetes.io/part-of: tsunagu
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{/* What selects the pods of a service: (dict "root" $ "name" …). */}}
{{- define "tsunagu.selector" -}}
app.kubernetes.io/part-of: tsunagu
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .name }}
{{- end }}

{{- define "tsunagu.image" -}}
{{- with .Values.image -}}
{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag }}{{ end }}
{{- end -}}
{{- end }}

{{- define "tsunagu.bootstrap" -}}
{{- if .Values.kafka.create -}}
{{ .Values.kafka.clusterName }}-kafka-bootstrap:9093
{{- else -}}
{{ required "kafka.bootstrapServers says where Kafka is, as kafka.create is false" .Values.kafka.bootstrapServers }}
{{- end -}}
{{- end }}

{{/* The values of a service over the defaults, as YAML: (dict "root" $ "name" …). */}}
{{- define "tsunagu.valuesOf" -}}
{{- $own := get .root.Values.services .name | default dict -}}
{{- mergeOverwrite (deepCopy .root.Values.defaults) $own | toYaml -}}
{{- end }}

{{/* The values of a database over those of all, as YAML: (dict "root" $ "name" …). */}}
{{- define "tsunagu.databaseValuesOf" -}}
{{- $own := get .root.Values.databases.each .name | default dict -}}
{{- mergeOverwrite (deepCopy (omit .root.Values.databases "each")) $own | toYaml -}}
{{- end }}

{{/* Whether KEDA scales a service: "true" or nothing. (dict "root" $ "service" … "values" …) */}}
{{- define "tsunagu.scaled" -}}
{{- if and .root.Values.scaling.enabled .service.scales (gt (int .values.scaling.max) (int .values.scaling.min)) -}}true{{- end -}}
{{- end }}

{{/* The most processes of a service that there are at a time, one that replaces another among them. */}}
{{- define "tsunagu.processesMax" -}}
{{- if include "tsunagu.scaled" . -}}
{{ add1 (int .values.scaling.max) }}
{{- else if .service.scales -}}
{{ add1 (int .values.replicas) }}
{{- else -}}
1
{{- end -}}
{{- end }}

{{/* Where a Secret's password of a role is. */}}
{{- define "tsunagu.rolePassword" -}}
{{ .root.Values.databases.rolePasswordPrefix }}{{ .role | replace "_" "-" }}
{{- end }}
