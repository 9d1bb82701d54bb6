-- Sealed partitions have a trigram index on their messages. Where this role may not add the extension, or the server does
-- not have it, sealing goes without that index, health says so, and an administrator may add it at any time.
do $$
begin
  create extension if not exists pg_trgm;
exception when insufficient_privilege or feature_not_supported or undefined_file then
  raise notice 'pg_trgm is not available: %', sqlerrm;
end
$$;
