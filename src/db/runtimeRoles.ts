/** The roles that migrations make: those that processes act as, and script_log, which owns the door to the log. */
export const RUNTIME_ROLES: readonly string[] = [
  "script_api",
  "script_log",
  "script_operator",
  "script_worker",
];
