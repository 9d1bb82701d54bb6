/** The series of a text of `/metrics`, each with its value: `weir_writers`, `weir_partitions{state="open"}`. */
export function seriesIn(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}

/** Scrapes a server. @throws an answer that is no list of metrics */
export async function scrape(url: string): Promise<Map<string, number>> {
  const response = await fetch(`${url}/metrics`);
  const text = await response.text();
  if (response.status !== 200) throw new Error(`/metrics: expected 200, got ${response.status}: ${text}`);
  return seriesIn(text);
}
