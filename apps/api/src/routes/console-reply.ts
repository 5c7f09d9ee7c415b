/** The reply to a browser, by its `Accept` header. */
export const consoleReply = {
  302: {
    description: 'To a client whose `Accept` prefers HTML.',
    headers: { Location: 'The page of the console.' },
  },
};
