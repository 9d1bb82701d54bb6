/**
 * The first contents of GraphiQL's tabs: one operation each, from the simplest to the rarest. No line is longer than 57
 * characters: the editor of a window of 1,400 pixels shows it whole, beside its buttons.
 */
export const EXAMPLES: readonly string[] = [
  `# The latest errors.
# Click the play button, or press Ctrl-Enter.
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
  `# The search language: fields, comparisons, OR, NOT.
# The documentation of LogFilter.query explains it.
query Search {
  logs(
    filter: {
      query: "level:>=warning (timeout OR \\"timed out\\")"
    }
    time: { last: "1d" }
  ) {
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
  `# The newest chains with an error. A chain is everything
# that happened under one correlation id.
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
  `# How many records there are, how many are errors, and
# which services they come from.
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
  `# The most frequent values of a field, or of an attribute
# (by: { attribute: ["region"] }), among errors.
query Facets {
  facets(
    by: { field: ERROR_TYPE }
    filter: { minLevel: ERROR }
    time: { last: "7d" }
    first: 10
  ) {
    value
    count
  }
}
`,
  `# One chain: where it failed first, and its records in
# their order. "Chains" shows correlation ids.
query OneChain {
  correlation(correlationId: "req-91bc") {
    durationMs
    services
    firstError {
      service
      errorType
      message
    }
    logs(first: 50) {
      nodes {
        timestamp
        service
        level
        message
      }
    }
  }
}
`,
  `# One run of a data pipeline, stage by stage.
query OnePipeline {
  pipeline(pipelineId: "nightly-0601") {
    startedAt
    durationMs
    stages {
      component
      startedAt
      durationMs
      logCount
      errorCount
      highestLevel
    }
  }
}
`,
  `# Long operations: how far each is. docs/progress.md says
# how a program tells of its progress.
query Runs {
  pipelines(time: { last: "7d" }, first: 20) {
    nodes {
      pipelineId
      name
      status
      progress {
        percentage
        processed
        total
        eta
        currentItem
        updatedAt
      }
    }
  }
}
`,
  `# Live: records as they are stored, the newest first.
# Run "Ingest" in another tab to see some.
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
  `# Stores records. The response comes when they are safe.
mutation Ingest {
  ingest(
    logs: [
      {
        message: "hello from GraphiQL"
        service: "playground"
      }
      {
        message: "something failed"
        service: "playground"
        level: ERROR
        attributes: { attempt: 1 }
      }
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
  `# The state of the server and its database.
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
