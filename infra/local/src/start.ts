import { runDetached } from './crash-recovery/detached-process.ts';

runDetached('built-stack.ts');
