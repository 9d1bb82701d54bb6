/** The search language in short, for models. `docs/search.md` has all of it. */
export const SEARCH_LANGUAGE = `The search language:
- timeout: the message contains this text (A-Z and a-z are alike). "timed out": with spaces. text:Invoice: any text of the record contains it.
- service:billing, level:error, userId:42: a field has exactly this value. level:>=warning, durationMs:>500, http.status:[500 TO 599]: comparisons.
- component:pay*: begins with. stackTrace:*Timeout*: contains. errorType:*: has a value.
- attributes.region:eu, attributes.retries:>3: a value in the attributes.
- llm:*, llm.model:gpt*, llm.costUsd:>0.01: a call to a language model.
- Terms side by side must all match. OR, NOT or -, and parentheses: (service:api OR service:worker) -healthcheck.
Fields: level (trace, debug, info, warning, error, critical), message, text, service, component, action, host, environment, deploymentVersion, correlationId, traceId, spanId, pipelineId, userId, errorType, stackTrace, durationMs, http.method, http.path, http.status, attributes.*, llm.*.`;
