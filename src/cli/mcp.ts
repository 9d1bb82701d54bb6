import { Command } from 'commander';
import { createForward } from './mcp/forward.ts';
import { speak } from './mcp/stdio.ts';
import { examples, type UrlOption, withUrl } from './options.ts';
import { print } from './terminal/output.ts';

export const mcpCommand = (stop: AbortSignal): Command =>
  withUrl(
    new Command('mcp').description(
      'Speak the Model Context Protocol on stdin and stdout, for an assistant on this machine. It asks the server at --url.',
    ),
  )
    .addHelpText(
      'after',
      `
An assistant starts this command itself: docs/mcp.md has its settings. It ends when stdin ends.
${examples('weir mcp --url https://logs.example.com')}`,
    )
    .action(({ url }: UrlOption) => speak(process.stdin, print, createForward(url), stop));
