import { randomUUID } from 'node:crypto';
import { contextFields } from '../context.ts';
import { defaultLog } from '../default-log.ts';
import { errorFields } from '../error-fields.ts';
import type { RecordLog } from '../record-log.ts';
import { addFacts, type CallFacts } from './call-facts.ts';

export interface CallOptions {
  /** Default: the log of `setLog`. */
  log?: RecordLog | undefined;
  /** `openai`, `anthropic` ...: the names of OpenTelemetry's `gen_ai.provider.name`. */
  provider?: string | undefined;
  conversationId?: string | undefined;
  /** Records what was asked and answered too. Default: false. The server must keep it as well (`LLM_CONTENT`). */
  content?: boolean | undefined;
}

export interface AskedCall extends CallOptions {
  operation: string;
  model?: string | undefined;
  /** Temperature, seed ...: by their names in `gen_ai.request.*`. */
  parameters?: Readonly<Record<string, unknown>> | undefined;
  input?: unknown;
  /** The chain of the record, where the context names none. */
  correlationId?: string | undefined;
  /** 1 for the first try. */
  attempt?: number | undefined;
}

export interface CallRecord {
  /** The first token has come. Later calls say nothing. */
  firstToken(): void;
  facts(facts: CallFacts): void;
  /** Writes the record, once. With an error, the call has failed; `aborted`: its caller did not want the rest. */
  end(outcome?: { error?: unknown; aborted?: boolean }): void;
}

/** Of what was asked, and of what was answered, as JSON. */
const CONTENT_CHARS_MAX = 512 * 1024;

/**
 * One record a call, written at its end. Nothing of that throws into the application.
 * @throws TypeError there is no log
 */
export function openCall(asked: AskedCall): CallRecord {
  const log = asked.log ?? defaultLog();
  const startedAt = performance.now();
  const facts: CallFacts = {};
  // Taken now: a stream may end in another context than the one that the call was made in.
  const context = contextFields();
  let firstTokenMs: number | undefined;
  let isOpen = true;
  return {
    firstToken() {
      firstTokenMs ??= performance.now() - startedAt;
    },
    facts: (more) => addFacts(facts, more),
    end(outcome = {}) {
      if (!isOpen) return;
      isOpen = false;
      try {
        write(log, asked, facts, outcome, { context, firstTokenMs, durationMs: performance.now() - startedAt });
      } catch {
        // A log that throws must not end the call that it speaks of.
      }
    },
  };
}

interface Course {
  context: Readonly<Record<string, unknown>>;
  firstTokenMs: number | undefined;
  durationMs: number;
}

function write(
  log: RecordLog,
  asked: AskedCall,
  facts: CallFacts,
  { error, aborted }: { error?: unknown; aborted?: boolean },
  { context, firstTokenMs, durationMs }: Course,
): void {
  const model = facts.responseModel ?? asked.model;
  const fields = {
    ...context,
    ...(context.correlation_id === undefined && { correlation_id: asked.correlationId ?? randomUUID() }),
    ...named({
      'gen_ai.operation.name': asked.operation,
      'gen_ai.provider.name': asked.provider,
      'gen_ai.request.model': asked.model,
      'gen_ai.conversation.id': asked.conversationId,
      'gen_ai.response.model': facts.responseModel,
      'gen_ai.response.id': facts.responseId,
      'gen_ai.response.finish_reasons': facts.finishReasons,
      'gen_ai.response.time_to_first_chunk': firstTokenMs === undefined ? undefined : rounded(firstTokenMs) / 1000,
      'gen_ai.usage.input_tokens': facts.inputTokens,
      'gen_ai.usage.output_tokens': facts.outputTokens,
      'gen_ai.usage.cache_read.input_tokens': facts.cacheReadTokens,
      'gen_ai.usage.cache_creation.input_tokens': facts.cacheCreationTokens,
      'gen_ai.usage.reasoning.output_tokens': facts.reasoningTokens,
      'gen_ai.usage.cost': facts.costUsd,
      'gen_ai.input.messages': contentOf(asked, asked.input),
      'gen_ai.output.messages': contentOf(asked, facts.output),
    }),
    ...Object.fromEntries(
      Object.entries(asked.parameters ?? {}).map(([name, value]) => [`gen_ai.request.${name}`, value]),
    ),
    duration_ms: rounded(durationMs),
    ...(asked.attempt !== undefined && { attempt: asked.attempt }),
    ...(aborted && { aborted: true }),
    ...(error !== undefined && { err: errorFields(error) }),
  };
  const message = [asked.operation, model].filter(Boolean).join(' ');
  if (error === undefined) log.info(fields, message);
  else if (aborted) log.warn(fields, `${message} was aborted`);
  else log.error(fields, `${message} failed`);
}

/** In place of what is too long: the record itself must not be too long for the server, which takes 4 MiB. */
function contentOf({ content }: AskedCall, value: unknown): unknown {
  if (!content || value === undefined) return undefined;
  try {
    const { length } = JSON.stringify(value) ?? '';
    return length <= CONTENT_CHARS_MAX ? value : `left out: ${length} characters; at most ${CONTENT_CHARS_MAX}`;
  } catch (error) {
    return `left out: ${String(error)}`;
  }
}

const named = (fields: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

const rounded = (ms: number): number => Math.round(ms * 1000) / 1000;
