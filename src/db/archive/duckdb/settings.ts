/** Settings of every DuckDB here. */
export const SETTINGS = {
  // It has its own functions only, and downloads none.
  allow_community_extensions: 'false',
  autoinstall_known_extensions: 'false',
  autoload_known_extensions: 'false',
  // It may take what it keeps of a file for the content of another, made at the same path soon after. The system keeps files in memory anyway.
  enable_external_file_cache: 'false',
} as const;
