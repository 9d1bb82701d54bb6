import { DuckDBInstance } from '@duckdb/node-api';

/** DuckDB with the limits that Weir gives it, over the files of an archive. */
export async function openPlainDuckDb(folder: string): Promise<{ time(sql: string): Promise<number> } & Disposable> {
  const instance = await DuckDBInstance.create(':memory:', { memory_limit: '512MB', threads: '2' });
  const connection = await instance.connect();
  await connection.run("set TimeZone = 'UTC'");
  await connection.run(
    `create view logs as select * from read_parquet('${folder}/logs/*/*.parquet', hive_partitioning = true)`,
  );
  return {
    async time(sql) {
      const started = performance.now();
      await connection.runAndReadAll(sql);
      return performance.now() - started;
    },
    [Symbol.dispose]: () => connection.closeSync(),
  };
}
