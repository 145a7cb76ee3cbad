/** JSON, as a policy document or an event pattern inside a template holds it. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
