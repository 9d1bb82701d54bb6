export interface Sampled {
  metric: Record<string, string>;
  value?: [number, string];
  values?: [number, string][];
}

export interface ReadStream {
  stream: Record<string, string>;
  values: [nanos: string, line: string, more?: { structuredMetadata: Record<string, string> }][];
}

/** An answer, or an error, as JSON. */
export interface LokiAnswer {
  code: number;
  status?: string;
  message?: string;
  // biome-ignore lint/suspicious/noExplicitAny: each path has a form of its own.
  data?: any;
  // biome-ignore lint/suspicious/noExplicitAny: each path has a form of its own.
  [name: string]: any;
}

/** Asks a path below `/loki/api/v1/`, as Grafana does. */
export async function askLoki(
  url: string,
  path: string,
  parameters: Record<string, string | number> = {},
  headers: Record<string, string> = {},
): Promise<LokiAnswer> {
  const search = new URLSearchParams(Object.entries(parameters).map(([name, value]) => [name, String(value)]));
  const response = await fetch(`${url}/loki/api/v1/${path}?${search}`, { headers });
  return { ...((await response.json()) as object), code: response.status };
}

export const CATEGORIZED = { 'x-loki-response-encoding-flags': 'categorize-labels' };

export const nanos = (ms: number): string => `${ms}000000`;
