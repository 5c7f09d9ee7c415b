import { createStore } from '../ui/create-store.ts';

/** Whether the service refused the last request for want of a session. */
export const isSignInRequired = createStore(false);
