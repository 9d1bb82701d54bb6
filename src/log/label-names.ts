interface LabelNames {
  /** The name by which `draftFromJson` knows the field. */
  field: string;
  /** The label is an attribute too: it says more than the field. */
  stays?: true;
  names: string;
}

/**
 * The names of fields in Loki's labels and structured metadata, the most reliable first; `some_name` is also `someName`. A label has
 * no dots, so OpenTelemetry's names have underscores. The order of services is that of Loki's own `service_name`.
 */
const LABEL_NAMES: readonly LabelNames[] = [
  { field: 'service', names: 'service_name service app application app_name app_kubernetes_io_name' },
  { field: 'service', stays: true, names: 'compose_service swarm_service container container_name k8s_container_name' },
  { field: 'service', names: 'job' },
  { field: 'component', names: 'component logger logger_name scope_name' },
  {
    field: 'host',
    names: 'host hostname host_name node_name nodename node k8s_node_name kubernetes_host agent_hostname',
  },
  { field: 'host', names: 'instance' },
  { field: 'level', names: 'level severity severity_text log_level loglevel lvl levelname priority_keyword' },
  { field: 'severity_number', names: 'severity_number' },
  { field: 'level', names: 'detected_level' },
  { field: 'priority', names: 'priority' },
  { field: 'environment', names: 'environment env deployment_environment_name deployment_environment' },
  { field: 'deployment_version', names: 'deployment_version service_version app_kubernetes_io_version' },
  { field: 'trace_id', names: 'trace_id traceid traceID' },
  { field: 'span_id', names: 'span_id spanid spanID' },
  { field: 'correlation_id', names: 'correlation_id request_id req_id x_request_id x_correlation_id' },
  { field: 'pipeline_id', names: 'pipeline_id' },
  { field: 'user_id', names: 'user_id' },
  { field: 'error_type', names: 'error_type exception_type' },
  { field: 'stack_trace', names: 'stack_trace exception_stacktrace' },
];

export interface KnownLabel {
  field: string;
  stays: boolean;
  /** Of several labels of the same field, the one with the lowest rank wins. */
  rank: number;
}

/** By their names. */
export const KNOWN_LABELS: ReadonlyMap<string, KnownLabel> = knownLabels();

function knownLabels(): Map<string, KnownLabel> {
  const known = new Map<string, KnownLabel>();
  for (const { field, stays = false, names } of LABEL_NAMES) {
    for (const name of names.split(' ')) {
      const label = { field, stays, rank: known.size };
      for (const spelling of [name, name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())]) {
        if (!known.has(spelling)) known.set(spelling, label);
      }
    }
  }
  return known;
}
