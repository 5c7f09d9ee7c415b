import { copyFile, cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findPostgresBinaries } from '@incidents/local/postgres/postgres-binaries';
import { baseImages } from '@incidents/testing/images';
import { type CommandOptions, runCommand } from '../containers/run-command.ts';

const here = fileURLToPath(new URL('.', import.meta.url));

/** Libraries of Node.js, and programs of entrypoints, health checks and Testcontainers. */
const PACKAGES = [
  ...['base-passwd', 'bash', 'coreutils', 'dash', 'libc-bin', 'libstdc++6', 'util-linux'],
  ...['ca-certificates', 'postgresql-client', 'redis-server'],
];

const ENTRYPOINTS = ['postgres-entrypoint.sh', 'redis-entrypoint.sh'];

/** Builds images under the names of the official ones, from Debian and this workspace; returns the names. */
export async function makeStandIns(
  folder: string,
  client: string[],
  options: CommandOptions,
): Promise<string> {
  const { signal } = options;
  const suite = /^VERSION_CODENAME=(\w+)$/m.exec(await readFile('/etc/os-release', 'utf8'))?.[1];
  if (suite === undefined) throw new Error('stand-in images are made on Debian alone');
  const tar = join(folder, 'debian.tar');
  const contexts = join(folder, 'contexts');
  await Promise.all([
    fillNode(join(contexts, 'node'), signal),
    fillPostgres(join(contexts, 'postgres')),
    mkdir(join(contexts, 'redis'), { recursive: true }),
    runCommand(['mmdebstrap', '--variant=extract', `--include=${PACKAGES.join(',')}`, suite, tar], {
      env: { ...process.env, TMPDIR: folder },
      signal,
    }),
  ]);
  await runCommand([...client, 'import', tar, 'debian'], options);
  const images = baseImages();
  for (const [target, image] of Object.entries(images)) {
    const context = join(contexts, target);
    for (const name of ENTRYPOINTS) await copyFile(join(here, name), join(context, name));
    const build = ['build', '--format', 'docker', '--file', join(here, 'Dockerfile')];
    await runCommand([...client, ...build, '--target', target, '--tag', image, context], options);
  }
  return Object.values(images).join(', ');
}

async function fillNode(context: string, signal: AbortSignal | undefined): Promise<void> {
  const node = join(context, 'node');
  await mkdir(join(node, 'bin'), { recursive: true });
  await copyFile(process.execPath, join(node, 'bin/node'));
  // The npm package "node" contains no npm.
  await runCommand(['npm', 'install', '--global', '--prefix', node, 'npm@11'], { signal });
  const registry = await runCommand(['npm', 'config', 'get', 'registry'], { signal });
  await writeFile(join(context, 'npmrc'), `registry=${registry}`);
  const authorities = process.env.NODE_EXTRA_CA_CERTS ?? '/etc/ssl/certs/ca-certificates.crt';
  await copyFile(authorities, join(context, 'ca-certificates.crt'));
}

async function fillPostgres(context: string): Promise<void> {
  const { root } = await findPostgresBinaries();
  await cp(root, join(context, 'postgres'), { recursive: true, verbatimSymlinks: true });
}
