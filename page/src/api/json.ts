/** A JSON value, as `attributes` has it. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
