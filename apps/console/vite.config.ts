import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

/** The API sends these as they are, so no request costs a compression. */
function compressFiles(): Plugin {
  const compress = async (path: string) =>
    writeFile(`${path}.gz`, await promisify(gzip)(await readFile(path), { level: 9 }));
  return {
    name: 'compress-files',
    apply: 'build',
    async writeBundle({ dir = '' }) {
      const names = await readdir(dir, { recursive: true });
      await Promise.all(
        names.filter((name) => /\.(?:js|css|html|svg)$/.test(name)).map((name) => compress(join(dir, name))),
      );
    },
  };
}

export default defineConfig({
  base: '/console/',
  plugins: [react(), compressFiles()],
  build: {
    target: ['chrome123', 'firefox121', 'safari17.5'],
    // The CSP permits no data: addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
