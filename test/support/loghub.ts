import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';

/** Log files that others have taken apart: https://github.com/logpai/loghub. Beside the project, not in it. */
const FOLDER = join(import.meta.dirname, '../../../shared/data/loghub');

/** Why tests that need the files are skipped; undefined where they are there. */
export const loghubMissing: string | undefined = existsSync(FOLDER) ? undefined : `there is no ${FOLDER}`;

export type LoghubName = 'Android' | 'Apache' | 'HDFS' | 'OpenSSH' | 'Zookeeper';

/** A row of the truth: which columns there are depends on the file. */
export type LoghubRow = Partial<Record<string, string>> & { Content: string };

export const loghubPath = (name: LoghubName): string => join(FOLDER, `${name}_2k.log`);

export const loghubTruth = (name: LoghubName): LoghubRow[] =>
  parse(readFileSync(join(FOLDER, `${name}_2k.structured.csv`)), { columns: true });
