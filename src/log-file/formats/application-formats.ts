import { APPLE_FORMATS } from './apple.ts';
import { BEAM_FORMATS } from './beam.ts';
import { DOTNET_FORMATS } from './dotnet.ts';
import { GO_FORMATS } from './go.ts';
import { JAVA_FORMATS } from './java.ts';
import { levelFirstFormat } from './level-first.ts';
import type { LogFormat } from './log-format.ts';
import { NODE_FORMATS } from './node.ts';
import { PHP_FORMATS } from './php.ts';
import { PYTHON_FORMATS } from './python.ts';
import { RUBY_FORMATS } from './ruby.ts';
import { RUST_FORMATS } from './rust.ts';
import { vmwareFormat } from './vmware.ts';

/**
 * What the logging libraries of languages and frameworks write. They stand before syslog, because a line of theirs also has a
 * time and words.
 */
export const APPLICATION_FORMATS: readonly LogFormat[] = [
  ...RUBY_FORMATS,
  ...PHP_FORMATS,
  ...DOTNET_FORMATS,
  ...BEAM_FORMATS,
  ...APPLE_FORMATS,
  ...NODE_FORMATS,
  ...RUST_FORMATS,
  ...GO_FORMATS,
  vmwareFormat,
  ...JAVA_FORMATS,
  ...PYTHON_FORMATS,
  levelFirstFormat,
];
