import type { WeirError } from '../errors.ts';

/** A response that is an error alone. */
export const errorResponse = (error: WeirError): Response =>
  Response.json(errorBody(error), { status: error.status, headers: error.headers });

export const errorBody = ({ code, message }: WeirError) => ({ error: { code, message } });
