import { Command, Option } from 'commander';
import { FORMULAS } from '../log/export/csv.ts';
import { archiveExport, type ExportOptions } from './archive/export.ts';
import { archiveImport } from './archive/import.ts';
import { archiveSql, type SqlOptions } from './archive/sql.ts';
import { asTimestamp, examples } from './options.ts';

export const archiveCommand = (stop: AbortSignal): Command =>
  new Command('archive')
    .description('Ask, copy and bring back what is archived: Parquet files. See docs/archive.md.')
    .addCommand(sqlCommand(stop))
    .addCommand(exportCommand(stop))
    .addCommand(importCommand(stop));

const sqlCommand = (stop: AbortSignal): Command =>
  new Command('sql')
    .description(
      'Ask the files of an archive in the SQL of DuckDB, without a server: views `logs` and `llm_calls`, columns as in docs/archive.md.',
    )
    .argument('<select>', 'one select')
    .addOption(new Option('--dir <dir>', 'the folder of the archive').env('ARCHIVE_DIR'))
    .option('--json', 'one JSON object per line')
    .addOption(new Option('--csv', 'comma-separated values').conflicts('json'))
    .addOption(
      new Option('--formulas <how>', "of --csv: put a ' before text that a spreadsheet would run, or keep it")
        .choices(FORMULAS)
        .default('escape'),
    )
    .addHelpText(
      'after',
      examples(
        `weir archive sql "select service, count(*) from logs where day = '2026-11-21' group by 1 order by 2 desc"`,
        `weir archive sql --json "select ts, message from logs where trace_id = '4bf92f3577b34da6a3ce929d0e0e4736'"`,
        'weir archive sql --dir /mnt/archive "describe logs"',
      ),
    )
    .action((text: string, options: SqlOptions) => archiveSql(text, options, stop));

const exportCommand = (stop: AbortSignal): Command =>
  new Command('export')
    .description(
      'Write the records of a time to Parquet files as an archive has them, archived or not. On the machine of the server, with its settings.',
    )
    .argument('<dir>', 'a folder without files, or a new one')
    .requiredOption(
      '--from <time>',
      'at or after this time, like 2026-11-21 (UTC) or 2026-11-21T20:06:40Z',
      asTimestamp,
    )
    .requiredOption('--to <time>', 'before this time', asTimestamp)
    .addHelpText('after', examples('weir archive export --from 2026-11-01 --to 2026-12-01 november'))
    .action((dir: string, options: ExportOptions) => archiveExport(dir, options, stop));

const importCommand = (stop: AbortSignal): Command =>
  new Command('import')
    .description(
      'Add the records of such files to the archive, also from another server. Those that are stored already are left out. On the machine of the server, with its settings.',
    )
    .argument('<dir>', 'a folder that `weir archive export` has written, or an archive')
    .addHelpText('after', examples('weir archive import november'))
    .action((dir: string) => archiveImport(dir, stop));
