import { chromium } from 'playwright-core';
import { findProgram } from './program.ts';

const PATHS: Readonly<Record<string, string>> = {
  chromium: '/usr/bin/chromium',
  'google-chrome': '/usr/bin/google-chrome',
};

const program = findProgram('chromium', 'chromium') ?? findProgram('google-chrome', 'chromium');
const path = program && PATHS[program];

export const CHROMIUM_MISSING = path ? undefined : 'Chromium is missing: `sudo apt-get install chromium` (Debian)';

const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export const launchChromium = (...args: string[]): ReturnType<typeof chromium.launch> =>
  chromium.launch({ executablePath: path!, args: [...ARGS, ...args] });
