/** What GraphiQL's tabs hold at first: one operation each, in the order in which one meets a log server. */
export const EXAMPLES: readonly string[] = [
  `# The latest errors. Click the play button, or press Ctrl-Enter.
query LatestErrors {
  logs(filter: { minLevel: ERROR }, first: 20) {
    nodes {
      timestamp
      level
      service
      message
      errorType
      correlationId
    }
    totalCount
  }
}
`,
  `# The search language: fields, comparisons, quotes, OR, NOT. See LogFilter.query in the documentation.
query Search {
  logs(filter: { query: "level:>=warning (timeout OR \\"timed out\\") -healthcheck" }, time: { last: "1d" }) {
    nodes {
      timestamp
      service
      component
      message
      durationMs
      attributes
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
`,
  `# The newest chains in which something failed: what happened, across services, under one correlation id.
query Chains {
  correlations(filter: { hasError: true }, first: 5) {
    nodes {
      correlationId
      startedAt
      durationMs
      services
      firstError {
        service
        message
      }
      steps {
        service
        component
        gapMs
        durationMs
        logCount
        highestLevel
      }
    }
  }
}
`,
  `# How much, how bad, from where.
query Stats {
  stats(time: { last: "1h" }) {
    total
    errorRate
    ratePerSecond
    byService(first: 5) {
      value
      count
    }
    histogram(buckets: 12) {
      start
      total
      errorCount
    }
    topErrors(first: 5) {
      errorType
      service
      count
      lastSeen
    }
  }
}
`,
  `# Live: records as they are stored. Run "Ingest" in another tab and see them come.
subscription Tail {
  tail(backfill: 10) {
    logs {
      timestamp
      level
      service
      message
    }
    cursor
    skipped
  }
}
`,
  `# Stores records; answers when they are safe.
mutation Ingest {
  ingest(
    logs: [
      { message: "hello from GraphiQL", service: "playground" }
      { message: "something failed", service: "playground", level: ERROR, attributes: { attempt: 1 } }
    ]
  ) {
    accepted
    durability
    rejected {
      index
      reason
    }
  }
}
`,
  `# How the server is.
query Health {
  health {
    status
    problems {
      code
      message
    }
    version
    uptime
    database {
      status
      latencyMs
      sizeBytes
    }
    queue {
      depth
    }
  }
  storage {
    rows
    sizeBytes
    oldest
  }
}
`,
];
