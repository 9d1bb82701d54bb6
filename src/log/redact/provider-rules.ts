import type { Rule } from './rule.ts';

/**
 * Keys of well-known providers. Each provider gives its keys a prefix, so that a program can find them; keys without a prefix
 * are found only by the name of their attribute (`secret-keys.ts`).
 */
export const PROVIDER_RULES: readonly Rule[] = [
  { kind: 'aws', pattern: /\bA(?:KIA|SIA|BIA|CCA)[A-Z\d]{16}\b/g, pairs: ['IA', 'CA'] },
  { kind: 'github', pattern: /\bgh[pousr]_[A-Za-z\d]{30,}|\bgithub_pat_\w{22,}/g, pairs: ['gh', 'b_'] },
  { kind: 'gitlab', pattern: /\bgl(?:pat|dt|rt|rtr|cbt|ptt|ft|imt|agent|soat|ffct|oas)-[\w.-]{20,}/g, pairs: ['gl'] },
  {
    kind: 'slack',
    pattern: /\bxox[abeoprs](?:\.xox[a-z])?-[\w-]{10,}|\bxapp-\d-[\w-]{10,}|\bhooks\.slack\.com\/services\/[\w/]{20,}/g,
    pairs: ['xo', 'p-', 'k.'],
  },
  { kind: 'stripe', pattern: /\b(?:[sr]k_(?:live|test)_\w{10,}|whsec_[\w+/=]{16,})/g, pairs: ['k_', 'hs'] },
  // Before OpenAI: their prefixes begin alike.
  { kind: 'anthropic', pattern: /\bsk-ant-[\w-]{16,}/g, pairs: ['k-'] },
  {
    kind: 'openai',
    pattern: /\bsk-(?:(?:proj|svcacct|admin|None|or-v1)-[\w-]{20,}|[A-Za-z\d]{20,})/g,
    pairs: ['k-'],
  },
  {
    kind: 'google',
    pattern: /\bAIza[\w-]{35}|\bya29\.[\w-]{20,}|\bGOCSPX-[\w-]{20,}/g,
    pairs: ['Iz', 'ya', 'CS'],
  },
  { kind: 'npm', pattern: /\bnpm_[A-Za-z\d]{36}/g, pairs: ['pm'] },
  { kind: 'sendgrid', pattern: /\bSG\.[\w-]{16,32}\.[\w-]{16,64}/g, pairs: ['G.'] },
  { kind: 'twilio', pattern: /\bSK[\da-f]{32}\b/g, pairs: ['SK'] },
  { kind: 'weir', pattern: /\bweir_[A-Za-z\d]{40,}/g, pairs: ['r_'] },
  {
    // PyPI, DigitalOcean, Hugging Face, Shopify, Docker, Linear, Grafana.
    kind: 'api-key',
    pattern:
      /\bpypi-AgE[\w-]{40,}|\bd(?:op|oo|or)_v1_[\da-f]{40,}|\bhf_[A-Za-z\d]{30,}|\bshp(?:at|ss|ca|pa)_[\da-f]{32}\b|\bdckr_pat_[\w-]{20,}|\blin_api_\w{30,}|\bgl(?:sa|c)_[\w=+/]{30,}/g,
    pairs: ['i-', '_v', 'f_', 'hp', 'kr', 'i_', 'gl'],
  },
  {
    // Databricks, Vault, New Relic, Groq, xAI, Perplexity, Square, age, Google's and Telegram's bots.
    kind: 'api-key',
    pattern:
      /\bdapi[\da-f]{32}|\bhvs\.[\w-]{24,}|\bNRAK-[A-Z\d]{27}|\bgsk_\w{40,}|\bxai-\w{40,}|\bpplx-\w{40,}|\bsq0(?:atp|csp)-[\w-]{22,}|\bAGE-SECRET-KEY-1[A-Z\d]{40,}|\b\d{8,10}:AA[\w-]{33}/g,
    pairs: ['pi', 'vs', 'K-', 'k_', 'i-', 'x-', 'q0', 'Y-', ':A'],
  },
  // Mailgun. `cache-key-...` is none.
  { kind: 'api-key', pattern: /(^|[^\w-])key-[\da-f]{32}\b/g, pairs: ['y-'] },
];
