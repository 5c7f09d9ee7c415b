import { build } from './build.ts';
import { runStack } from './stack.ts';

await runStack({ script: 'dist/main.js', shutdownSeconds: 5, build });
