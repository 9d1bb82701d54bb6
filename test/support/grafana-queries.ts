/**
 * Queries that Grafana and its plugins send to Loki, as their sources build them. `from`: repository and file.
 * `missing`: what of it Weir does not have; its error must name this.
 */
export interface GrafanaQuery {
  from: string;
  query: string;
  missing?: string;
}

const DATASOURCE = 'grafana/grafana public/app/plugins/datasource/loki/datasource.ts';
const HEALTH = 'grafana/grafana pkg/tsdb/loki/healthcheck.go';
const FIELDS = 'grafana/logs-drilldown src/services/fields.ts';
const EXPRESSIONS = 'grafana/logs-drilldown src/services/expressions.ts';
const BUILDER = 'grafana/logs-drilldown src/services/ExpressionBuilder.test.ts';
const SELECTION = 'grafana/logs-drilldown src/Components/ServiceSelectionScene/ServiceSelectionScene.tsx';
const VARIABLES = 'grafana/logs-drilldown src/services/variables.ts';
const LABELS = 'grafana/logs-drilldown src/services/labels.ts';
const LINES = 'grafana/logs-drilldown src/services/query.ts';
const PATTERNS = 'grafana/logs-drilldown src/services/renderPatternFilters.ts';
const FIELD_LINKS = 'grafana/logs-drilldown src/Components/AttributeDistribution/fieldLinks.ts';
const MENU = 'grafana/logs-drilldown src/Components/Panels/PanelMenu.tsx';

export const GRAFANA_QUERIES: readonly GrafanaQuery[] = [
  { from: HEALTH, query: 'vector(1)+vector(1)' },
  { from: DATASOURCE, query: '{service_name="api"} |= ``' },
  {
    from: DATASOURCE,
    query: 'sum by (level, detected_level) (count_over_time({service_name="api"} | drop __error__[1m]))',
  },
  {
    from: DATASOURCE,
    query:
      'sum by (level, detected_level) (count_over_time({service_name="api"} |= `paid` | json | drop __error__[15s]))',
  },
  { from: SELECTION, query: 'sum by (detected_level) (count_over_time({ service_name="api" } [10s]))' },
  { from: SELECTION, query: '{service_name=`api` }  | json | logfmt | drop __error__, __error_details__' },
  { from: SELECTION, query: '{service_name=~`(?i).*ap.*` }' },
  { from: SELECTION, query: '{service_name=~`.+` }' },
  {
    from: SELECTION,
    query: 'sum by (detected_level) (sum_over_time({__aggregated_metric__=`api` } | logfmt | unwrap count [10s]))',
    missing: 'function `sum_over_time`',
  },
  { from: VARIABLES, query: '{service_name="api"}      | json  | logfmt | drop __error__, __error_details__  ' },
  { from: VARIABLES, query: 'sum(count_over_time({service_name="api"}        [10s]))' },
  {
    from: EXPRESSIONS,
    query: 'sum(count_over_time({service_name="api"} | detected_level != ""    [10s])) by (detected_level)',
  },
  {
    from: LABELS,
    query: 'sum(count_over_time({service_name="api" ,component != ""}      [10s])) by (component)',
  },
  {
    from: FIELDS,
    query: 'sum by (region) (count_over_time({service_name="api"}      | logfmt | region!=""  [10s]))',
  },
  {
    from: FIELDS,
    query:
      'sum by (region) (count_over_time({service_name="api"}     | json  | logfmt | drop __error__, __error_details__  | region!=""  [10s]))',
  },
  { from: FIELDS, query: 'sum by (region) (count_over_time({service_name="api"} | region!=""       [10s]))' },
  {
    from: FIELDS,
    query: 'avg_over_time({service_name="api"} | logfmt | unwrap duration(took) | __error__="" [10s]) by ()',
    missing: 'function `avg_over_time`',
  },
  { from: FIELD_LINKS, query: 'sum by (region) (count_over_time({service_name="api"} | keep region [1h]))' },
  {
    from: BUILDER,
    query:
      '{service_name="api"} | detected_level="info" or detected_level="error" | component="lil-cluster" | host!="comp1" | region!="pod1"',
  },
  {
    from: BUILDER,
    query: '{service_name="api"} | level=~"info" or level=~"error" | component=~"lil-cluster" | host!~"comp1"',
  },
  {
    from: BUILDER,
    query:
      '{service_name="api", level!="info", filename!="C:\\\\Grafana\\\\logs\\\\logs.txt", region=~"pod-1|pod-2", component!~"a|b"}',
  },
  {
    from: BUILDER,
    query:
      '{filename=~"/var/log/apache2/apache\\\\.log|/var/log/nginx/nginx\\\\.log|C:\\\\\\\\Grafana\\\\\\\\logs\\\\.txt"}',
  },
  { from: BUILDER, query: '{service_name="api"} | level!~"info" | duration<=20s | duration>10s' },
  {
    from: BUILDER,
    query: '{service_name="api"} | host=~"((25[0-5]|(2[0-4]|1\\\\d|[1-9]|)\\\\d)\\\\.?\\\\b){4}"',
    missing: '`[`',
  },
  { from: BUILDER, query: '{service_name="api"} | region=""' },
  { from: LINES, query: '{service_name="api"} |~ "(?i)pa\\\\.id"' },
  { from: LINES, query: '{service_name="api"} !~ "(?i)paid"' },
  { from: LINES, query: '{service_name="api"} |= "paid \\"x\\"" != "failed"' },
  { from: LINES, query: '{service_name="api"} |~ "pa.d"', missing: 'single `.`' },
  { from: LINES, query: '{service_name="api"} | json  | line_format "{{.a_b}}"', missing: '`line_format`' },
  { from: PATTERNS, query: '{service_name="api"} |> "order <_> paid" or "order <_> sent"' },
  { from: PATTERNS, query: '{service_name="api"} !> "<_> failed <_>"', missing: '`!>`' },
  { from: MENU, query: 'count_over_time(({service_name="tempo-distributor"} |= "err")[5m])' },
  { from: MENU, query: 'count_over_time(({service_name="tempo-distributor"}[10m]))' },
];
