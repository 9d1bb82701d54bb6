/** What Grafana shows of a query. The lines and bytes are those that were counted or returned: Weir reads no others. */
export function statistics({ startedAt, lines, bytes }: { startedAt: number; lines: number; bytes: number }): object {
  const execTime = (performance.now() - startedAt) / 1000;
  const perSecond = (count: number): number => Math.round(count / Math.max(execTime, 0.001));
  return {
    summary: {
      bytesProcessedPerSecond: perSecond(bytes),
      linesProcessedPerSecond: perSecond(lines),
      totalBytesProcessed: bytes,
      totalLinesProcessed: lines,
      execTime,
      queueTime: 0,
      subqueries: 0,
      totalEntriesReturned: lines,
      splits: 0,
      shards: 0,
    },
    querier: { store: { totalChunksRef: 0, totalChunksDownloaded: 0, chunksDownloadTime: 0 } },
    ingester: { totalReached: 0, totalChunksMatched: 0, totalBatches: 0, totalLinesSent: 0 },
  };
}
