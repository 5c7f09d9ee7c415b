import { runInOwnSession } from './own-session.ts';

runInOwnSession('built-stack.ts');
