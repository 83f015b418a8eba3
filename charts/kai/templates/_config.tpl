{{- /* The configuration file. As JSON each value is valid YAML, whatever it holds; null is unset. */}}
{{- define "kai.config" -}}
{{- $kai := .Values.kai -}}
output: {{ toJson $kai.output }}
quiet: {{ toJson $kai.quiet }}
verbose-inventory-reports: {{ toJson $kai.verboseInventoryReports }}
mode: {{ toJson $kai.mode }}
polling-interval-seconds: {{ toJson $kai.pollingIntervalSeconds }}
{{- if include "kai.watches" . }}
watch:
  quiet-seconds: {{ toJson $kai.watch.quietSeconds }}
  latest-seconds: {{ toJson $kai.watch.latestSeconds }}
  verify-seconds: {{ toJson $kai.watch.verifySeconds }}
report:
  window: {{ toJson $kai.report.window }}
{{- end }}
{{- if include "kai.keepsRunning" . }}
listen: ":8080"
listen-inventory: {{ toJson $kai.listenInventory }}
{{- end }}
log:
  structured: {{ toJson $kai.log.structured }}
  level: {{ toJson $kai.log.level }}
  file: {{ toJson $kai.log.file }}
cluster-name: {{ toJson $kai.clusterName }}
kubeconfig:
  path: {{ toJson $kai.kubeconfig.path }}
  cluster: {{ toJson $kai.kubeconfig.cluster }}
namespace-selectors:
  include: {{ include "kai.included" . }}
  exclude: {{ $kai.namespaceSelectors.exclude | default list | toJson }}
images:
  include: {{ $kai.images.include | default list | toJson }}
  exclude: {{ $kai.images.exclude | default list | toJson }}
pods:
  selector: {{ toJson $kai.pods.selector }}
  exclude-annotations: {{ $kai.pods.excludeAnnotations | default list | toJson }}
attribution: {{ toJson $kai.attribution }}
kubernetes:
  request-timeout-seconds: {{ $kai.kubernetesRequestTimeoutSeconds | default $kai.kubernetes.requestTimeoutSeconds | toJson }}
  request-batch-size: {{ toJson $kai.kubernetes.requestBatchSize }}
  worker-pool-size: {{ toJson $kai.kubernetes.workerPoolSize }}
  on-forbidden: {{ toJson $kai.kubernetes.onForbidden }}
missing-tag-policy:
  policy: {{ toJson $kai.missingTagPolicy.policy }}
  tag: {{ toJson $kai.missingTagPolicy.tag }}
ignore-not-running: {{ toJson $kai.ignoreNotRunning }}
{{- with $kai.anchore }}
{{- if .url }}
anchore:
  url: {{ toJson .url }}
  user: {{ toJson .user }}
  account: {{ .account | default nil | toJson }}
  api: {{ toJson .api }}
{{- if include "kai.passwordSecret" $ }}
  password-file: /var/run/secrets/kai/password
{{- end }}
{{- if .spool }}
  spool: /var/lib/kai/spool
{{- end }}
  http:
    insecure: {{ toJson .http.insecure }}
    timeout-seconds: {{ toJson .http.timeoutSeconds }}
{{- if .http.caCert }}
    ca-cert: /etc/xdg/kai/ca.crt
{{- end }}
{{- end }}
{{- end }}
{{- end }}
