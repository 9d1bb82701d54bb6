import { createHistogram, type Histogram } from './histogram.ts';
import { type CounterName, type HistogramName, METRICS, type MetricName, metricNamed } from './table.ts';
import { headerLines, type Labels, sampleLine } from './text.ts';

/** A number that only grows. Counting is an addition to a property: it is cheap enough for every record. */
export interface Counter {
  value: number;
}

/** One series that is read at a scrape, with the values of its labels. */
export interface Sample {
  values?: readonly string[];
  value: number;
}

/** What is read at a scrape. Undefined: it is not known now, and left out. */
export type Samples = { [name in MetricName]?: number | readonly Sample[] | undefined };

export interface Registry {
  /** The series with these values of its labels. Values come from this program, never from a client. */
  counter(name: CounterName, ...values: string[]): Counter;
  histogram(name: HistogramName, ...values: string[]): Histogram;
  /** The counters and histograms, and what was read at a scrape, in Prometheus' text format 0.0.4. */
  text(read: Samples): string;
}

interface Series {
  lines(name: MetricName): string;
}

/** The series of one metric. All others share one with `other` as the value of every label: no fault here can fill the memory. */
const SERIES_MAX = 256;
const OTHER = 'other';

/** Not prom-client: it hashes the labels at each count. Here a series is found once and then counted as a plain number. */
export function createRegistry(): Registry {
  const all = new Map<MetricName, Map<string, Series>>();

  function find<S extends Series>(
    name: MetricName,
    given: readonly string[],
    make: (values: readonly string[]) => S,
  ): S {
    const family = all.get(name) ?? new Map<string, Series>();
    all.set(name, family);
    const known = family.get(given.join('\0'));
    if (known) return known as S;
    const values = family.size < SERIES_MAX ? given : given.map(() => OTHER);
    const key = values.join('\0');
    const series = (family.get(key) as S | undefined) ?? make(values);
    family.set(key, series);
    return series;
  }

  return {
    counter: (name, ...values) => find(name, values, newCounter),
    histogram: (name, ...values) => find(name, values, newHistogram),
    text: (read) =>
      METRIC_NAMES.map((name) => familyText(name, all.get(name)?.values() ?? samplesOf(read[name]))).join(''),
  };
}

const METRIC_NAMES = Object.keys(METRICS) as MetricName[];

/** Without series there is nothing to say of a metric. */
function familyText(name: MetricName, series: Iterable<Series>): string {
  const lines = Array.from(series, (one) => one.lines(name)).join('');
  return lines === '' ? '' : headerLines(name, METRICS[name]) + lines;
}

function newCounter(values: readonly string[]): Counter & Series {
  return {
    value: 0,
    lines(name) {
      return sampleLine(name, labelsOf(name, values), this.value);
    },
  };
}

const newHistogram = (values: readonly string[]): Histogram & Series => {
  const histogram = createHistogram();
  return { ...histogram, lines: (name) => histogram.lines(name, labelsOf(name, values)) };
};

const samplesOf = (read: Samples[MetricName]): Series[] => {
  const samples = read === undefined ? [] : typeof read === 'number' ? [{ value: read }] : read;
  return samples.map(({ values = [], value }) => ({
    lines: (name) => sampleLine(name, labelsOf(name, values), value),
  }));
};

const labelsOf = (name: MetricName, values: readonly string[]): Labels =>
  (metricNamed(name).labels ?? []).map((label, i) => [label, values[i] ?? '']);
