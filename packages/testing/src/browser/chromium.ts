import { findProgram } from '@incidents/local/find-program';

/** The browser of this machine; undefined without one (Debian: apt-get install chromium). */
export const chromium = findProgram(['chromium', 'chromium-browser', 'google-chrome']);

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
