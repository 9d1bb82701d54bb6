import { VERSION } from '../../version.ts';
import { ENTRIES_MAX } from './log-query.ts';
import { SERIES_MAX } from './metric-query.ts';
import { RANGE_MAX } from './parameters.ts';

/** The version of Loki whose API this is. Grafana shows features by it. */
const LOKI_VERSION = '3.6.0';

export const buildInfo = (): object => ({
  version: LOKI_VERSION,
  revision: `weir ${VERSION}`,
  branch: 'weir',
  buildUser: '',
  buildDate: '',
  goVersion: '',
});

/** What Logs Drilldown asks before it shows anything. */
export const drilldownLimits = (queryTimeoutMs: number): object => ({
  limits: {
    discover_log_levels: true,
    discover_service_name: ['service_name'],
    log_level_fields: ['level'],
    max_entries_limit_per_query: ENTRIES_MAX,
    max_line_size_truncate: false,
    max_query_bytes_read: '0B',
    max_query_length: RANGE_MAX,
    max_query_lookback: '0s',
    max_query_range: '0s',
    max_query_series: SERIES_MAX,
    metric_aggregation_enabled: false,
    pattern_persistence_enabled: false,
    query_timeout: `${queryTimeoutMs / 1000}s`,
    retention_period: '0s',
    volume_enabled: true,
    volume_max_series: 1000,
  },
  pattern_ingester_enabled: true,
  version: LOKI_VERSION,
});
