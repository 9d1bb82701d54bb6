import type { Metric } from './table.ts';

export type Labels = readonly (readonly [label: string, value: string])[];

export const TEXT_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export const headerLines = (name: string, { help, type }: Metric): string =>
  `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n# TYPE ${name} ${type}\n`;

export const sampleLine = (name: string, labels: Labels, value: number): string =>
  `${name}${labelText(labels)} ${value}\n`;

const labelText = (labels: Labels): string =>
  labels.length === 0 ? '' : `{${labels.map(([label, value]) => `${label}="${escaped(value)}"`).join(',')}}`;

const escaped = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
