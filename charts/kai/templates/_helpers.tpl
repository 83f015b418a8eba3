{{- define "kai.name" -}}
{{ .Values.nameOverride | default .Chart.Name | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- /* A release that has the chart's name in its own needs it no second time. */}}
{{- define "kai.fullname" -}}
{{- $name := .Values.nameOverride | default .Chart.Name -}}
{{- $joined := contains $name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $name) -}}
{{ .Values.fullnameOverride | default $joined | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- /* Immutable in a Deployment, and the same as in the chart of Go kai. */}}
{{- define "kai.selectorLabels" -}}
app.kubernetes.io/name: {{ include "kai.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{- /* Those that no value replaces. */}}
{{- define "kai.ownLabels" -}}
{{ include "kai.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "kai.labels" -}}
{{ include "kai.ownLabels" . }}
{{- with omit (.Values.kai.labels | default dict) "app.kubernetes.io/name" "app.kubernetes.io/instance" "app.kubernetes.io/version" "app.kubernetes.io/managed-by" "helm.sh/chart" }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "kai.podLabels" -}}
{{ merge (include "kai.ownLabels" . | fromYaml) (.Values.podLabels | default dict) (.Values.kai.labels | default dict) | toYaml }}
{{- end }}

{{- define "kai.serviceAccountName" -}}
{{ .Values.serviceAccount.name | default (.Values.serviceAccount.create | ternary (include "kai.fullname" .) "default") }}
{{- end }}

{{- /* Of roles for single namespaces: releases in several namespaces may cover the same one. */}}
{{- define "kai.namespacedRoleName" -}}
{{ printf "%s-%s-read-only" (include "kai.fullname" .) .Release.Namespace }}
{{- end }}

{{- define "kai.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ .tag | default (printf "v%s" $.Chart.AppVersion) }}
{{- end }}
{{- end }}
{{- end }}

{{- define "kai.clusterName" -}}
{{ .Values.kai.clusterName | default .Values.kai.kubeconfig.cluster }}
{{- end }}

{{- /* The included namespaces, as JSON; none: all. */}}
{{- define "kai.included" -}}
{{- $included := .Values.kai.namespaceSelectors.include | default .Values.kai.namespaces | default list -}}
{{ has "all" $included | ternary list ($included | uniq) | toJson }}
{{- end }}

{{- /* Where the password comes from; empty: from the environment, or nothing is delivered. */}}
{{- define "kai.passwordSecret" -}}
{{- if and .Values.kai.anchore.url (not .Values.inject_secrets_via_env) -}}
{{ .Values.kai.existingSecret | default (include "kai.fullname" .) }}
{{- end }}
{{- end }}

{{- /* Whether API v2 may be what reports go to: it has nodes in it. */}}
{{- define "kai.needsNodes" -}}
{{- if and .Values.kai.anchore.url (ne (lower .Values.kai.anchore.api) "v1") }}yes{{ end }}
{{- end }}

{{- define "kai.needsControllers" -}}
{{- if eq (lower .Values.kai.attribution) "exact" }}yes{{ end }}
{{- end }}

{{- define "kai.watches" -}}
{{- if eq (lower .Values.kai.mode) "watch" }}yes{{ end }}
{{- end }}

{{- define "kai.keepsRunning" -}}
{{- if ne (lower .Values.kai.mode) "adhoc" }}yes{{ end }}
{{- end }}

{{- /* What may be done with that of which lists are read. */}}
{{- define "kai.listVerbs" -}}
list{{ if include "kai.watches" . }}, watch{{ end }}
{{- end }}

{{- /* What no value may be, each with what to do instead. */}}
{{- define "kai.validate" -}}
{{- if regexMatch "^((index\\.|registry-1\\.)?docker\\.io/)?anchore/kai$" .Values.image.repository }}
{{- fail (printf "image.repository is %s, which is the image of the Go tool that this kai replaces. Take image.repository and image.tag out of your values, or name a copy of ghcr.io/anchore/kai." .Values.image.repository) }}
{{- end }}
{{- if .Values.kai.anchore.url }}
{{- if not (include "kai.clusterName" .) }}
{{- fail "kai.anchore.url is set, but this cluster has no name: reports of two clusters would overwrite each other. Set kai.clusterName." }}
{{- end }}
{{- if not (or .Values.inject_secrets_via_env .Values.kai.existingSecret .Values.kai.anchore.password) }}
{{- fail "kai.anchore.url is set, but no password is. Set kai.existingSecret to the name of a Secret that holds it, or kai.anchore.password, or inject_secrets_via_env." }}
{{- end }}
{{- if not .Values.kai.anchore.user }}
{{- fail "kai.anchore.url is set, but kai.anchore.user is empty." }}
{{- end }}
{{- end }}
{{- if and (eq (lower .Values.kai.missingTagPolicy.policy) "insert") (not .Values.kai.missingTagPolicy.tag) }}
{{- fail "kai.missingTagPolicy.policy is insert, but kai.missingTagPolicy.tag is empty. Name the tag to insert." }}
{{- end }}
{{- with .Values.kai.existingSecret }}
{{- $annotations := lookup "v1" "Secret" $.Release.Namespace . | dig "metadata" "annotations" dict }}
{{- if and (eq (index $annotations "meta.helm.sh/release-name" | default "") $.Release.Name) (ne (index $annotations "helm.sh/resource-policy" | default "") "keep") }}
{{- fail (printf "kai.existingSecret is %s, which this release made itself, and Helm would delete it now. Keep it: kubectl -n %s annotate secret %s helm.sh/resource-policy=keep" . $.Release.Namespace .) }}
{{- end }}
{{- end }}
{{- if and .Values.rbac.namespaced (eq (include "kai.included" .) "[]") }}
{{- fail "rbac.namespaced is true, but kai.namespaceSelectors.include names no namespace. Name those whose pods kai may list." }}
{{- end }}
{{- end }}
