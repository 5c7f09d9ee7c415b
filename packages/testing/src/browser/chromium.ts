import { findProgram } from '@incidents/local/find-program';

/** A browser of this machine; undefined where there is none (Debian: apt-get install chromium). */
export const chromium = findProgram(['chromium', 'chromium-browser', 'google-chrome']);

/** Without a window, and without requests of the browser's own. */
export const CHROMIUM_FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
