import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  base: '/console/',
  plugins: [react()],
  build: {
    target: ['chrome123', 'firefox121', 'safari17.5'],
    // The CSP permits no data: addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
