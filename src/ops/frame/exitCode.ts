/** How a command ends: 0 all is well, 1 it could not be done, 2 it was done and found differences. */
export type ExitCode = 0 | 1 | 2;
