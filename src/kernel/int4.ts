/** The largest number that an integer column of PostgreSQL holds: sequences and versions end there. */
export const INT4_MAX = 2_147_483_647;
