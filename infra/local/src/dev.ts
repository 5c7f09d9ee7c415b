import { runInOwnSession } from './own-session.ts';

runInOwnSession('watched-stack.ts');
