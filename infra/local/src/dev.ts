import { runDetached } from './crash-recovery/detached-process.ts';

runDetached('watched-stack.ts');
