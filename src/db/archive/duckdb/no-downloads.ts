/** Settings of DuckDB: it has its own functions only, and downloads none. */
export const NO_DOWNLOADS = {
  allow_community_extensions: 'false',
  autoinstall_known_extensions: 'false',
  autoload_known_extensions: 'false',
} as const;
