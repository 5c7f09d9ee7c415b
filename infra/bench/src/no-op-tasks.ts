/** The tasks of the no-op worker: those that a new incident queues. */
export const NO_OP_TASKS = [
  'send_email_notification',
  'send_telegram_notification',
  'update_incident_statistics',
];
