const UNREACHABLE = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH|ENOTCACHED/;

/** Whether npm failed because a package is not in its cache and the registry cannot be reached. */
export const isRegistryUnreachable = (error: unknown): boolean =>
  UNREACHABLE.test(String((error as { stderr?: string }).stderr));

export const UNREACHABLE_NOTE = 'skipped: a package is not in the cache of npm, and the npm registry cannot be reached';
